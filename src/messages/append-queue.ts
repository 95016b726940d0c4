import { Patience } from '../common/patience.js';
import { notNow } from '../common/refusal.js';
import { turn } from '../common/turn.js';
import { AppendHolds, Held, type Keys, type Waiting } from './append-holds.js';
import { Company } from './company.js';

interface Limits {
  batch: number;
  waiting: number;
  patienceMs: number;
  /** How long a batch waits for company, and from which size on it is large enough to go. */
  companyMs: number;
  enough: number;
}

/** Requests are answered within five seconds; what is refused here before that is certainly not stored. */
const usual: Limits = { batch: 500, waiting: 10_000, patienceMs: 4000, companyMs: 4, enough: 8 };

/** Stores inputs together. `held`: they were found locked before, and are not to be waited for. */
export type Flush<In, Out> = (inputs: In[], held: boolean) => Promise<(Out | Error | Held)[]>;

/**
 * Group commit: what arrives while a batch is on its way to PostgreSQL goes together in the next one. A small batch waits a little for
 * company, where company is expected; a server with little to do sends alone and at once. Bounded in length and in time: what is refused while it waits is
 * not stored later. Rooms that are locked wait by themselves.
 */
export class AppendQueue<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private underWay: Waiting<In, Out>[] = [];
  private flushing = false;
  private readonly holds: AppendHolds<In, Out>;
  private readonly company = new Company();
  private readonly patience: Patience;

  /** Inputs of one room stand together in their batch, in the order in which they came, and are settled together. */
  constructor(private readonly flush: Flush<In, Out>, private readonly keys: Keys<In>, private readonly limits: Limits = usual) {
    this.patience = new Patience(limits.patienceMs);
    this.holds = new AppendHolds<In, Out>(keys, {
      attempt: (entries) => this.attempt(entries, true),
      isUnderWay: (room) => this.underWay.some(({ input }) => keys.room(input) === room),
    });
  }

  get length(): number {
    return this.waiting.length + this.holds.size;
  }

  add(input: In): Promise<Out> {
    if (this.length >= this.limits.waiting) return Promise.reject(notNow());
    return new Promise((resolve, reject) => {
      const settle = (outcome: Out | Error): void => {
        wait.end();
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const entry: Waiting<In, Out> = { input, settle, sent: false, over: false };
      const wait = this.patience.begin(() => {
        entry.over = true;
        if (!entry.sent) reject(notNow()); // Otherwise the statement says; the edges answer in time if it does not.
      });
      if (this.holds.takes(entry)) return;
      this.waiting.push(entry);
      if (!this.flushing) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.flushing = true;
    for (await this.gathered(); this.waiting.length > 0; await this.gatheredAfterOthers()) {
      if (this.waiting.length < this.limits.enough && this.company.isExpectedWithin(this.limits.companyMs)) await pause(this.limits.companyMs);
      await this.send(this.byRoom(this.waiting.splice(0, this.limits.batch).filter((entry) => !entry.over && !this.holds.takes(entry))));
    }
    this.flushing = false;
  }

  private async send(batch: Waiting<In, Out>[]): Promise<void> {
    if (batch.length === 0) return;
    const [before, from] = [this.waiting.length, performance.now()];
    this.underWay = batch;
    const outcomes = await this.store(batch, false);
    this.company.came(this.waiting.length - before, performance.now() - from); // Before anybody is answered: who then sends again is no company.
    const held = this.settle(batch, outcomes);
    this.underWay = [];
    if (held.size > 0) this.holds.hold(held);
  }

  private async attempt(batch: Waiting<In, Out>[], wasHeld: boolean): Promise<Map<Waiting<In, Out>, Held>> {
    return this.settle(batch, await this.store(batch, wasHeld));
  }

  private async store(batch: Waiting<In, Out>[], wasHeld: boolean): Promise<(Out | Error | Held)[]> {
    for (const entry of batch) entry.sent = true;
    return await this.flush(batch.map(({ input }) => input), wasHeld).catch((error: unknown) => batch.map(() => error as Error));
  }

  /** Answers all but those that were held, and returns these. */
  private settle(batch: Waiting<In, Out>[], outcomes: (Out | Error | Held)[]): Map<Waiting<In, Out>, Held> {
    const held = new Map<Waiting<In, Out>, Held>();
    batch.forEach((entry, i) => {
      const outcome = outcomes[i] ?? notNow();
      entry.sent = false;
      if (!(outcome instanceof Held)) entry.settle(outcome);
      else if (entry.over) entry.settle(notNow());
      else held.set(entry, outcome);
    });
    return held;
  }

  private byRoom(batch: Waiting<In, Out>[]): Waiting<In, Out>[] {
    const { room } = this.keys;
    return batch.sort(({ input: a }, { input: b }) => (room(a) < room(b) ? -1 : Number(room(a) > room(b))));
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
