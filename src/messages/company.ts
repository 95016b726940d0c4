/** What the last batch is worth when the next one has been written. */
const fading = 0.8;

/**
 * How many others come in a time, by those who came while the last batches were written. Only these are counted: who waits for an answer
 * before they send again is no company to themselves, and gains nothing by being kept waiting.
 */
export class Company {
  private others = 0;
  private ms = 0;

  came(others: number, ms: number): void {
    this.others = this.others * fading + others;
    this.ms = this.ms * fading + ms;
  }

  isExpectedWithin(ms: number): boolean {
    return this.others * ms > this.ms;
  }
}
