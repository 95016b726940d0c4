import { notNow } from '../common/refusal.js';

interface Waiting<In, Out> {
  input: In;
  settle: (outcome: Out | Error) => void;
}

interface Limits {
  batch: number;
  waiting: number;
  patienceMs: number;
}

const usual: Limits = { batch: 200, waiting: 10_000, patienceMs: 4500 };

/**
 * Group commit: what arrives while a batch is on its way to PostgreSQL goes together in the next one. There is no timer: an
 * idle server sends alone and at once. Bounded in length and in time; who is turned away may send again with the same id.
 */
export class AppendQueue<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private flushing = false;

  constructor(private readonly flush: (inputs: In[]) => Promise<(Out | Error)[]>, private readonly limits: Limits = usual) {}

  get length(): number {
    return this.waiting.length;
  }

  add(input: In): Promise<Out> {
    if (this.waiting.length >= this.limits.waiting) return Promise.reject(notNow());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => { reject(notNow()); }, this.limits.patienceMs);
      const settle = (outcome: Out | Error): void => {
        clearTimeout(timer);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      this.waiting.push({ input, settle });
      if (!this.flushing) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.flushing = true;
    for (await thisTurn(); this.waiting.length > 0; await thisTurn()) {
      const batch = this.waiting.splice(0, this.limits.batch);
      const outcomes = await this.flush(batch.map(({ input }) => input)).catch((error: unknown) => batch.map(() => error as Error));
      batch.forEach(({ settle }, i) => { settle(outcomes[i] ?? notNow()); });
    }
    this.flushing = false;
  }
}

/** Lets everything in that arrives in this turn of the event loop; without it the first of many that were answered together would go alone. */
function thisTurn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
