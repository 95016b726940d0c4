import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  input?: string;
  env?: Record<string, string>;
}

const program = resolve('client/bin/verbatim.mjs');

/** The built `verbatim`, with a home of its own. */
export class TerminalProgram {
  readonly home = mkdtempSync(join(tmpdir(), 'verbatim-cli-'));
  private readonly running = new Set<RunningProgram>();

  constructor(private readonly url: string) {}

  async run(args: string[], options: RunOptions = {}): Promise<Outcome> {
    const running = this.start(args, options.env);
    running.child.stdin.end(options.input ?? '');
    return await running.ended();
  }

  start(args: string[], env: Record<string, string> = {}): RunningProgram {
    return this.spawn(process.execPath, [program, ...args], env);
  }

  /** At a terminal, as a person would. */
  startAtTerminal(args: string[], env: Record<string, string> = {}): RunningProgram {
    const quoted = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
    return this.spawn('script', ['-qfec', quoted, '/dev/null'], { TERM: 'xterm-256color', ...env });
  }

  /** The lines of stdout, each as the object that it is. */
  async json<Body = Record<string, unknown>>(args: string[], options: RunOptions = {}): Promise<Body[]> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], options);
    if (code !== 0) throw new Error(`verbatim ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line) as Body);
  }

  end(): void {
    this.running.forEach(({ child }) => child.kill('SIGKILL'));
    rmSync(this.home, { recursive: true, force: true });
  }

  private spawn(command: string, args: string[], env: Record<string, string>): RunningProgram {
    const { PATH, SHELL } = process.env;
    const child = spawn(command, args, { env: { PATH, SHELL, TZ: 'UTC', XDG_CONFIG_HOME: this.home, HOME: this.home, VERBATIM_URL: this.url, ...env } });
    const running = new RunningProgram(child);
    this.running.add(running);
    child.on('exit', () => this.running.delete(running));
    return running;
  }
}

export class RunningProgram {
  stdout = '';
  stderr = '';

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => { this.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.stderr += text; });
    child.stdin.on('error', () => undefined); // it may be gone before we have said all
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  async ended(): Promise<Outcome> {
    const [code] = (await once(this.child, 'close')) as [number | null];
    return { code: code ?? -1, stdout: this.stdout, stderr: this.stderr };
  }
}
