import { clearScreenDown, createInterface, cursorTo, moveCursor, type Interface } from 'node:readline';

export interface TerminalHooks {
  /** Somebody entered a line. */
  entered(line: string): void;
  /** Something is being typed, or no longer. */
  typing(typing: boolean): void;
  /** No more input will come. */
  ended(): void;
  /** Whoever sits here wants to go. */
  left(): void;
}

/** Lines from stdin, and a line at the foot of the screen for typing, which stays there whatever is written above it. */
export class Terminal {
  readonly isInteractive = process.stdin.isTTY && process.stdout.isTTY;
  private readonly lines: Interface;
  private closed = false;

  constructor(private readonly hooks: TerminalHooks) {
    this.lines = createInterface({ input: process.stdin, ...(this.isInteractive ? { output: process.stdout, terminal: true, historySize: 100, prompt: '› ' } : { terminal: false }) });
    this.lines.on('line', (line) => { this.entered(line); });
    this.lines.on('SIGINT', () => { hooks.left(); });
    this.lines.on('close', () => {
      this.closed = true;
      hooks.ended();
    });
    process.once('SIGINT', () => { hooks.left(); });
    if (this.isInteractive) process.stdin.on('keypress', () => { setImmediate(() => { this.typed(); }); });
  }

  /** What stands before the line being typed. */
  prompt(text: string): void {
    if (!this.isInteractive || this.closed || this.lines.getPrompt() === text) return;
    this.lines.setPrompt(text);
    this.above(() => undefined);
  }

  /** Writes above the line being typed. */
  above(write: () => void): void {
    if (!this.isInteractive || this.closed) {
      write();
      return;
    }
    moveCursor(process.stdout, 0, -this.lines.getCursorPos().rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    write();
    this.lines.prompt(true);
  }

  close(): void {
    if (this.closed) return;
    if (this.isInteractive) process.stdout.write('\n');
    this.lines.close();
  }

  /** What was entered comes again as a message, in its place among the others: here it is taken away. */
  private entered(line: string): void {
    if (this.isInteractive) {
      const width = this.lines.getPrompt().length + line.length;
      moveCursor(process.stdout, 0, -Math.max(1, Math.ceil((width + 1) / process.stdout.columns)));
      cursorTo(process.stdout, 0);
      clearScreenDown(process.stdout);
    }
    this.hooks.entered(line);
    if (this.isInteractive && !this.closed) this.lines.prompt();
  }

  private typed(): void {
    const { line } = this.lines;
    this.hooks.typing(line !== '' && !line.startsWith('/'));
  }
}
