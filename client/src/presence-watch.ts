import type { PresenceChanged } from '../../src/contract/socket.dto.js';
import { pause } from './timers.js';

/** As many as one request may name. */
const most = 200;
/** Lists are scrolled: what passed by within this time is not asked for. */
const settleMs = 200;

/** Whose presence is on the screen, told to the server a moment after it changed. */
export class PresenceWatch {
  /** How often each of them is shown; shown last comes last. */
  private readonly shown = new Map<string, number>();
  private told: readonly string[] = [];
  private telling = false;

  constructor(private readonly ask: (userIds: string[]) => Promise<PresenceChanged[]>, private readonly note: (people: PresenceChanged[]) => void) {}

  /** Returns how to stop, which may be called once more without harm. */
  add(userIds: readonly string[]): () => void {
    for (const userId of userIds) this.count(userId, 1);
    void this.tell();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      for (const userId of userIds) this.count(userId, -1);
      void this.tell();
    };
  }

  /** A new connection watches nobody. */
  async connected(): Promise<void> {
    this.told = [];
    await this.tell();
  }

  private count(userId: string, change: number): void {
    const times = (this.shown.get(userId) ?? 0) + change;
    if (times <= 0 || change > 0) this.shown.delete(userId);
    if (times > 0) this.shown.set(userId, times);
  }

  /** What cannot be told now, without a connection, is told with the next one. */
  private async tell(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    try {
      for (await pause(settleMs); !this.isTold(); await pause(settleMs)) {
        const wanted = this.wanted();
        this.note(await this.ask(wanted));
        this.told = wanted;
      }
    } catch {
      // told with the next connection, or when the screen changes
    } finally {
      this.telling = false;
    }
  }

  private wanted(): string[] {
    return [...this.shown.keys()].slice(-most);
  }

  private isTold(): boolean {
    const told = new Set(this.told);
    const wanted = this.wanted();
    return wanted.length === told.size && wanted.every((userId) => told.has(userId));
  }
}
