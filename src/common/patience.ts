/** Somebody who waits among others. */
class Wait {
  private place: number;

  constructor(readonly until: number, readonly tooLate: () => void, private readonly among: Wait[]) {
    this.place = among.push(this) - 1;
  }

  /** The last of the others takes the place. */
  end(): void {
    if (this.place < 0) return;
    const last = this.among.pop() as Wait;
    if (last !== this) {
      this.among[this.place] = last;
      last.place = this.place;
    }
    this.place = -1;
  }
}

/**
 * How long anything of one kind is waited for. Nearly all of it comes long before, and so one timer watches over everybody: one for each
 * would cost a message more than much of what is done for it. Who has what they waited for is forgotten at once: kept until their time would be over,
 * tens of thousands would outlive the collection of what is short-lived, and be copied by it.
 */
export class Patience {
  private readonly waits: Wait[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  /** Calls back when the time is over, unless the wait has ended before. */
  begin(tooLate: () => void): { end(): void } {
    this.timer ??= this.ringIn(this.ms);
    return new Wait(performance.now() + this.ms, tooLate, this.waits);
  }

  private ringIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => { this.ring(performance.now()); }, ms).unref();
  }

  private ring(now: number): void {
    const passed = this.waits.filter(({ until }) => until <= now).sort((a, b) => a.until - b.until);
    for (const wait of passed) wait.end();
    const next = this.waits.reduce((earliest, { until }) => Math.min(earliest, until), Infinity);
    this.timer = next === Infinity ? undefined : this.ringIn(next - now);
    for (const { tooLate } of passed) tooLate();
  }
}
