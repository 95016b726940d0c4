import { setTimeout as pause } from 'node:timers/promises';
import { logger } from './logger.js';
import { logOutage } from './outages.js';
import { outageOf } from './problem.js';

/** A database that hangs shall not keep a server from stopping in order. */
const patienceMs = 1000;

/** Something to be done now and then beside everything else: one at a time, and a failure is no more than a line in the log. */
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

  /** It is not begun any more. */
  stop(): void {
    this.ended = true;
    clearInterval(this.timer);
  }

  /** Waits a moment for what is under way, because the database closes soon after, and does what is to be done last. */
  async end(lastWork?: () => Promise<void>): Promise<void> {
    this.stop();
    await Promise.race([this.underWay, pause(patienceMs, undefined, { ref: false })]);
    if (lastWork !== undefined) await this.tried(lastWork);
  }

  private async tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const outage = outageOf(error);
      if (outage === undefined) logger.warn({ err: error }, this.complaint);
      else logOutage(error, outage);
    }
  }
}
