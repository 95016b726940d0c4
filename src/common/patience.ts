const nothing = (): void => undefined;

/** Somebody who waits, and is told when it has been too long. */
class Wait {
  constructor(readonly until: number, private tooLate: () => void) {}

  get isOver(): boolean {
    return this.tooLate === nothing;
  }

  end(): void {
    this.tooLate = nothing;
  }

  giveUp(): void {
    this.tooLate();
  }
}

/**
 * How long anything of one kind is waited for. Nearly all of it comes long before, and so one timer watches over everybody: one for each
 * would cost a message more than much of what is done for it.
 */
export class Patience {
  /** In the order in which their time is over. */
  private waits: Wait[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  /** Calls back when the time is over, unless the wait has ended before. */
  begin(tooLate: () => void): { end(): void } {
    const wait = new Wait(performance.now() + this.ms, tooLate);
    this.waits.push(wait);
    this.timer ??= this.ringIn(this.ms);
    return wait;
  }

  private ringIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => { this.ring(performance.now()); }, ms).unref();
  }

  private ring(now: number): void {
    const next = this.waits.findIndex(({ isOver, until }) => !isOver && until > now);
    const passed = this.waits.splice(0, next < 0 ? this.waits.length : next);
    this.timer = next < 0 ? undefined : this.ringIn(this.waits[0].until - now);
    for (const wait of passed) wait.giveUp();
  }
}
