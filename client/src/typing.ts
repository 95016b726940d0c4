/** A note ends by itself, should its end be lost. */
const noteMs = 7000;
/** The server forgets after six seconds. */
const repeatMs = 3000;
const idleMs = 6000;
const leastPauseMs = 1000;

/** Who is typing in a room. */
export class TypingPeople {
  list: readonly string[] = [];
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly changed: () => void) {}

  note(userId: string, typing: boolean): void {
    const known = this.timers.get(userId);
    if (known === undefined && !typing) return;
    clearTimeout(known);
    if (typing) this.timers.set(userId, setTimeout(() => { this.note(userId, false); }, noteMs));
    else this.timers.delete(userId);
    if (typing && known !== undefined) return;
    this.list = [...this.timers.keys()];
    this.changed();
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.list = [];
  }
}

/** That I am typing: told at once, repeated now and then while it goes on, and taken back. However often it changes, it is told once a second at most. */
export class TypingSignal {
  /** What the server believes. */
  private told = false;
  private toldAt = 0;
  private typing = false;
  private idle: ReturnType<typeof setTimeout> | undefined;
  private next: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (typing: boolean) => void) {}

  set(typing: boolean): void {
    clearTimeout(this.idle);
    this.typing = typing;
    if (typing) this.idle = setTimeout(() => { this.said(); }, idleMs);
    this.work();
  }

  /** What was being typed is sent. */
  said(): void {
    this.set(false);
  }

  clear(): void {
    clearTimeout(this.idle);
    clearTimeout(this.next);
    this.next = undefined;
    this.told = this.typing = false;
  }

  private work(): void {
    if (this.next !== undefined) return;
    const sinceMs = Date.now() - this.toldAt;
    if (this.told === this.typing && (!this.typing || sinceMs < repeatMs)) return;
    if (sinceMs < leastPauseMs) {
      this.next = setTimeout(() => { this.next = undefined; this.work(); }, leastPauseMs - sinceMs);
      return;
    }
    this.told = this.typing;
    this.toldAt = Date.now();
    this.tell(this.typing);
  }
}
