/** A note ends by itself, should its end be lost. */
const noteMs = 7000;
/** The server forgets after six seconds. */
const repeatMs = 3000;
const idleMs = 6000;

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

/** That I am typing: told at once, repeated now and then while it goes on, and taken back. */
export class TypingSignal {
  private toldAt = 0;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (typing: boolean) => void) {}

  set(typing: boolean): void {
    clearTimeout(this.idle);
    if (typing) {
      this.idle = setTimeout(() => { this.said(); }, idleMs);
      if (Date.now() - this.toldAt < repeatMs) return;
      this.toldAt = Date.now();
      this.tell(true);
    } else if (this.toldAt > 0) {
      this.toldAt = 0;
      this.tell(false);
    }
  }

  /** What was being typed is sent. */
  said(): void {
    this.set(false);
  }

  clear(): void {
    clearTimeout(this.idle);
    this.toldAt = 0;
  }
}
