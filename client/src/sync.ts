import type { Have, SyncDto, SyncReply } from '../../src/contract/sync.dto.js';
import type { Progress } from './types.js';

const firstPage = 200;
const laterPages = 1000;
/** A frame may have 64 KB; what one room takes is about a hundred bytes. */
const mostOverSocket = 400;

export interface SyncHooks {
  have(): Record<string, Have>;
  overSocket(body: SyncDto): Promise<SyncReply>;
  overRest(body: SyncDto): Promise<SyncReply>;
  take(reply: SyncReply): void;
  progress(progress: Progress): void;
}

/** Catching up: one at a time, page by page, until nothing is missing. Whoever asks meanwhile gets another round after it. */
export class Sync {
  private running: Promise<void> | undefined;
  private again = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly hooks: SyncHooks) {}

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  run(): Promise<void> {
    this.again = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.rounds().finally(() => { this.running = undefined; });
    return this.running;
  }

  /** After a moment, together with whatever else is found missing until then. */
  soon(waitMs: number, failed: (error: unknown) => void): void {
    this.timer ??= setTimeout(() => { this.run().catch(failed); }, waitMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.again = false;
  }

  private async rounds(): Promise<void> {
    const meter = new Meter();
    while (this.again) {
      this.again = false;
      const rooms = this.hooks.have();
      const body = { rooms, limit: meter.pages === 0 ? firstPage : laterPages };
      const reply = await (Object.keys(rooms).length > mostOverSocket ? this.hooks.overRest(body) : this.hooks.overSocket(body));
      this.hooks.take(reply);
      if (reply.rooms.some(({ hasMore }) => hasMore)) this.again = true;
      const progress = meter.count(reply);
      if (progress !== undefined) this.hooks.progress(progress);
    }
  }
}

/** How far a sync of several pages is. */
class Meter {
  pages = 0;
  private done = 0;

  /** Undefined: it was one page, of which nobody needs to be told. */
  count({ rooms }: SyncReply): Progress | undefined {
    this.pages += 1;
    const moved = rooms.filter(({ reset }) => reset === undefined);
    this.done += moved.reduce((sum, { from, to }) => sum + (to - from), 0);
    const left = moved.reduce((sum, { to, position }) => sum + Math.max(0, position.rev - to), 0);
    return this.pages === 1 && left === 0 ? undefined : { done: this.done, total: this.done + left };
  }
}
