import type { Have, SyncDto, SyncReply } from '../../src/contract/sync.dto.js';
import { asVerbatimError, mayPass } from './errors.js';
import { pause } from './timers.js';
import type { Progress } from './types.js';

const firstPage = 200;
const laterPages = 1000;
/** A frame may have 64 KB; what one room takes is about a hundred bytes. */
const mostNamed = 400;
/** As many as may be asked for by name. */
const mostAlone = 100;
const limitedMs = 1000;

export interface SyncHooks {
  /** The ids of all rooms that are held. */
  held(): string[];
  have(roomId: string): Have | undefined;
  ask(body: SyncDto): Promise<SyncReply>;
  take(reply: SyncReply): void;
  progress(progress: Progress): void;
}

/** What to ask for once the rooms up to this one are covered. */
type Question = (covered: string) => SyncDto;

/** Catching up: one at a time, page by page, until nothing is missing. Whoever asks meanwhile gets another round after it. */
export class Sync {
  private running: Promise<void> | undefined;
  private everything = false;
  private readonly some = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly hooks: SyncHooks) {}

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** All rooms, or one of them. */
  run(roomId?: string): Promise<void> {
    if (roomId === undefined) this.everything = true;
    else this.some.add(roomId);
    return this.start();
  }

  /** After a moment, together with whatever else is found missing until then. */
  soon(roomId: string, waitMs: number, failed: (error: unknown) => void): void {
    this.some.add(roomId);
    this.timer ??= setTimeout(() => { this.start().catch(failed); }, waitMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.everything = false;
    this.some.clear();
  }

  private start(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.rounds().finally(() => { this.running = undefined; });
    return this.running;
  }

  private async rounds(): Promise<void> {
    const meter = new Meter();
    while (this.everything || this.some.size > 0) {
      const only = this.everything || this.some.size > mostAlone ? undefined : [...this.some];
      this.everything = false;
      this.some.clear();
      await (only === undefined ? this.catchUp(meter) : this.fetch(only, meter));
    }
  }

  private async fetch(only: string[], meter: Meter): Promise<void> {
    const rooms = this.named(only);
    try {
      await this.pages(() => ({ only, rooms }), meter);
    } catch (error) {
      if (mayPass(asVerbatimError(error))) {
        only.forEach((roomId) => { this.some.add(roomId); });
        throw error;
      }
      await this.catchUp(meter);
    }
  }

  /** A refused request is not repeated as it was: what is held is set aside then, and everything is fetched anew. */
  private async catchUp(meter: Meter): Promise<void> {
    const held = this.hooks.held().sort();
    try {
      await this.pages((covered) => this.nextOf(held, covered), meter);
    } catch (error) {
      if (mayPass(asVerbatimError(error)) || held.length === 0) throw error;
      const seen = new Set<string>();
      await this.pages(() => ({}), meter, ({ rooms }) => { rooms.forEach(({ room }) => { seen.add(room.id); }); });
      this.hooks.take({ rooms: [], left: held.filter((roomId) => !seen.has(roomId)), users: [], nextCursor: null });
    }
  }

  private nextOf(held: string[], covered: string): SyncDto {
    const rest = held.slice(firstAfter(held, covered));
    const names = rest.slice(0, mostNamed);
    const until = names.at(-1);
    return { rooms: this.named(names), ...(rest.length > mostNamed && until !== undefined ? { until } : {}) };
  }

  private named(roomIds: string[]): Record<string, Have> {
    return Object.fromEntries(roomIds.flatMap((roomId) => {
      const have = this.hooks.have(roomId);
      return have === undefined ? [] : [[roomId, have] as const];
    }));
  }

  private async pages(question: Question, meter: Meter, seen: (reply: SyncReply) => void = () => undefined): Promise<void> {
    let covered = '';
    for (let cursor: string | null | undefined; cursor !== null;) {
      const body = { ...question(covered), limit: meter.pages === 0 ? firstPage : laterPages, ...(cursor === undefined ? {} : { cursor }) };
      const reply = await this.ask(body);
      seen(reply);
      this.hooks.take(reply);
      const progress = meter.count(reply);
      if (progress !== undefined) this.hooks.progress(progress);
      covered = reply.rooms.at(-1)?.room.id ?? body.until ?? covered;
      cursor = reply.nextCursor;
    }
  }

  /** The server may tell us to slow down; then the same page is asked for after a while. */
  private async ask(body: SyncDto): Promise<SyncReply> {
    for (;;) {
      try {
        return await this.hooks.ask(body);
      } catch (error) {
        const { code, retryAfterMs } = asVerbatimError(error);
        if (code !== 'rate_limited') throw error;
        await pause(retryAfterMs ?? limitedMs);
      }
    }
  }
}

function firstAfter(sorted: readonly string[], id: string): number {
  const at = sorted.findIndex((one) => one > id);
  return at === -1 ? sorted.length : at;
}

/** How far a sync of several pages is. */
class Meter {
  pages = 0;
  private done = 0;

  /** Undefined: it was one page, of which nobody needs to be told; or nothing had changed in these rooms. */
  count({ rooms, nextCursor }: SyncReply): Progress | undefined {
    this.pages += 1;
    const moved = rooms.filter(({ reset }) => reset === undefined);
    const came = moved.reduce((sum, { from, to }) => sum + (to - from), 0);
    const left = moved.reduce((sum, { to, position }) => sum + Math.max(0, position.rev - to), 0);
    this.done += came;
    return came === 0 || (this.pages === 1 && left === 0 && nextCursor === null) ? undefined : { done: this.done, total: this.done + left };
  }
}
