import { Patience } from '../common/patience.js';
import { notNow } from '../common/refusal.js';
import { turn } from '../common/turn.js';
import { Company } from './company.js';

interface Waiting<In, Out> {
  input: In;
  settle: (outcome: Out | Error) => void;
}

interface Limits {
  batch: number;
  waiting: number;
  patienceMs: number;
  /** How long a batch waits for company, and from which size on it is large enough to go. */
  companyMs: number;
  enough: number;
}

const usual: Limits = { batch: 500, waiting: 10_000, patienceMs: 4500, companyMs: 4, enough: 8 };

/**
 * Group commit: what arrives while a batch is on its way to PostgreSQL goes together in the next one. A small batch waits a little for
 * company, where company is expected; a server with little to do sends alone and at once. Bounded in length and in time; who is turned away may
 * send again with the same id.
 */
export class AppendQueue<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private flushing = false;
  private readonly company = new Company();
  private readonly patience: Patience;

  /** `placeOf`: inputs of one place stand together in their batch, in the order in which they came, and are settled together. */
  constructor(private readonly flush: (inputs: In[]) => Promise<(Out | Error)[]>, private readonly placeOf: (input: In) => string, private readonly limits: Limits = usual) {
    this.patience = new Patience(limits.patienceMs);
  }

  get length(): number {
    return this.waiting.length;
  }

  add(input: In): Promise<Out> {
    if (this.waiting.length >= this.limits.waiting) return Promise.reject(notNow());
    return new Promise((resolve, reject) => {
      const wait = this.patience.begin(() => { reject(notNow()); });
      const settle = (outcome: Out | Error): void => {
        wait.end();
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      this.waiting.push({ input, settle });
      if (!this.flushing) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.flushing = true;
    for (await this.gathered(); this.waiting.length > 0; await this.gatheredAfterOthers()) {
      if (this.waiting.length < this.limits.enough && this.company.isExpectedWithin(this.limits.companyMs)) await pause(this.limits.companyMs);
      await this.send(this.byPlace(this.waiting.splice(0, this.limits.batch)));
    }
    this.flushing = false;
  }

  private async send(batch: Waiting<In, Out>[]): Promise<void> {
    const [before, from] = [this.waiting.length, performance.now()];
    const outcomes = await this.flush(batch.map(({ input }) => input)).catch((error: unknown) => batch.map(() => error as Error));
    this.company.came(this.waiting.length - before, performance.now() - from);
    batch.forEach(({ settle }, i) => { settle(outcomes[i] ?? notNow()); });
  }

  private byPlace(batch: Waiting<In, Out>[]): Waiting<In, Out>[] {
    return batch.sort(({ input: a }, { input: b }) => (this.placeOf(a) < this.placeOf(b) ? -1 : Number(this.placeOf(a) > this.placeOf(b))));
  }

  /**
   * Lets in what arrives in this turn of the event loop, and in the next ones as long as each brings more: otherwise the first of many
   * would go alone, and cost as much as all of them. Whoever is alone waits for this one turn.
   */
  private async gathered(): Promise<void> {
    for (let before = 0; this.waiting.length > before && this.waiting.length < this.limits.batch;) {
      before = this.waiting.length;
      await turn();
    }
  }

  /** Those of the last batch are answered at the end of this turn, and come back together in the next: where somebody waits already, for them too. */
  private async gatheredAfterOthers(): Promise<void> {
    if (this.waiting.length === 0) return;
    await turn();
    await this.gathered();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
