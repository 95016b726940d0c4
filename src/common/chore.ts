import { logger } from './logger.js';

/**
 * Something to be done now and then beside everything else: one at a time, and a failure is no more than a line in the log. When it has ended,
 * nothing of it is under way any more, for the database closes soon after.
 */
export class Chore {
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> | undefined;
  private ended = false;

  constructor(private readonly work: () => Promise<void>, private readonly complaint: string) {}

  every(ms: number): void {
    this.timer = setInterval(() => { this.run(); }, ms).unref();
  }

  /** At once, unless it is being done. */
  run(): void {
    if (this.ended) return;
    this.underWay ??= this.tried(this.work).finally(() => { this.underWay = undefined; });
  }

  /** The last time may be a special one. */
  async end(lastWork?: () => Promise<void>): Promise<void> {
    this.ended = true;
    clearInterval(this.timer);
    await this.underWay;
    if (lastWork !== undefined) await this.tried(lastWork);
  }

  private async tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      logger.warn({ err: error }, this.complaint);
    }
  }
}
