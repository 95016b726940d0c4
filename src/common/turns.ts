import { Refusal } from './refusal.js';

interface Waiting {
  begin: () => void;
  giveUp: NodeJS.Timeout;
}

interface Caller {
  underWay: number;
  waiting: Waiting[];
}

const longestWaitMs = 4000;

/** So many requests of one caller at a time. Further ones wait for their turn, in order and not for ever. */
export class Turns {
  private readonly callers = new Map<string, Caller>();

  constructor(private readonly atOnce: number, private readonly mostWaiting: number) {}

  /** Undefined: at once. Call `end` when the request is done. */
  begin(caller: string): Promise<void> | undefined {
    const known = this.callers.get(caller) ?? { underWay: 0, waiting: [] };
    this.callers.set(caller, known);
    if (known.underWay < this.atOnce) {
      known.underWay += 1;
      return undefined;
    }
    if (known.waiting.length >= this.mostWaiting) throw tooManyAtOnce();
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        known.waiting.splice(known.waiting.indexOf(waiting), 1);
        reject(tooManyAtOnce());
      }, longestWaitMs);
      const waiting = { begin: resolve, giveUp };
      known.waiting.push(waiting);
    });
  }

  end(caller: string): void {
    const known = this.callers.get(caller);
    if (known === undefined) return;
    const next = known.waiting.shift();
    if (next !== undefined) {
      clearTimeout(next.giveUp);
      next.begin();
      return;
    }
    known.underWay -= 1;
    if (known.underWay === 0) this.callers.delete(caller);
  }
}

function tooManyAtOnce(): Refusal {
  return new Refusal('rate_limited', { detail: 'Too many requests at the same time', headers: { 'Retry-After': '1' }, retryAfterMs: 1000 });
}
