import { channels } from './channels.js';

interface Held {
  rev: number;
  send: () => void;
}

/** What is known here of a room's changes. Whoever has it need not have it looked for, among thousands that no cache of the processor holds. */
export interface Line {
  /** By which Socket.IO knows those who hear the room; made once. */
  readonly channel: string;
  /** Changes of this room that are between their beginning and their announcement, here in this process. */
  underWay: number;
  lastRev: number;
  held: Held[];
  timer?: NodeJS.Timeout;
}

const patienceMs = 50;

/**
 * Announces a room's changes in the order of their revisions. Two commits may come back from the database the other way
 * round; the later one then waits for the earlier one, if that is under way here, or may be on another node. Clients bear
 * a wrong order as well: it would only cost them a sync.
 */
export class RoomOrder {
  private readonly lines = new Map<string, Line>();

  constructor(private readonly accompanied: () => boolean) {}

  /** Brackets a change from before its commit to after its announcement. */
  async during<T>(roomId: string, change: (line: Line) => Promise<T>): Promise<T> {
    const line = this.lineOf(roomId);
    line.underWay += 1;
    try {
      return await change(line);
    } finally {
      line.underWay -= 1;
      if (line.underWay === 0 && !this.accompanied()) this.release(line);
      this.forgetIdle();
    }
  }

  announce(line: Line, rev: number, send: () => void): void {
    const alone = line.underWay <= 1 && !this.accompanied();
    const inTurn = line.lastRev === 0 || rev <= line.lastRev + 1 || alone;
    if (!inTurn) {
      line.held.push({ rev, send });
      line.timer ??= this.patience(line);
      return;
    }
    this.sendOne(line, { rev, send });
    this.sendReady(line);
    this.forgetIdle();
  }

  /** The latest revision that was announced here; 0 when none was, or it is long ago. */
  lastOf(roomId: string): number {
    return this.lines.get(roomId)?.lastRev ?? 0;
  }

  /** When this process stood still for that long, the missing one may be waiting to be read: after this turn it has been. */
  private patience(line: Line): NodeJS.Timeout {
    return setTimeout(() => { setImmediate(() => { this.release(line); }); }, patienceMs).unref();
  }

  private sendOne(line: Line, { rev, send }: Held): void {
    line.lastRev = Math.max(line.lastRev, rev);
    send();
  }

  /** Those whose predecessor has gone out. */
  private sendReady(line: Line): void {
    line.held.sort((a, b) => a.rev - b.rev);
    while (line.held[0] !== undefined && line.held[0].rev <= line.lastRev + 1) this.sendOne(line, line.held.shift() as Held);
  }

  private release(line: Line): void {
    clearTimeout(line.timer);
    line.timer = undefined;
    for (const one of line.held.splice(0).sort((a, b) => a.rev - b.rev)) this.sendOne(line, one);
  }

  lineOf(roomId: string): Line {
    const known = this.lines.get(roomId);
    if (known !== undefined) return known;
    const line: Line = { channel: channels.room(roomId), underWay: 0, lastRev: 0, held: [] };
    this.lines.set(roomId, line);
    return line;
  }

  /** Quiet rooms are forgotten when there are many; the first push after that goes out at once, as the first ever does. */
  private forgetIdle(): void {
    if (this.lines.size < 20_000) return;
    for (const [roomId, line] of this.lines) if (line.underWay === 0 && line.held.length === 0) this.lines.delete(roomId);
  }
}
