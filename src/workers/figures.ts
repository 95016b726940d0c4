import type { Worker } from 'node:cluster';

/** A worker that is starting, or busy, is not waited for. */
const patienceMs = 1000;

interface Round {
  heard: object[][];
  wanted: number;
  done: () => void;
}

/** Collects the figures of all workers for one that is asked for them. */
export class Figures {
  private readonly rounds = new Map<number, Round>();
  private last = 0;

  collect(workers: readonly Worker[], ask: (worker: Worker, n: number) => void): Promise<object[][]> {
    this.last += 1;
    const n = this.last;
    return new Promise((resolve) => {
      const heard: object[][] = [];
      const done = (): void => {
        clearTimeout(timer);
        this.rounds.delete(n);
        resolve(heard);
      };
      const timer = setTimeout(done, patienceMs);
      this.rounds.set(n, { heard, wanted: workers.length, done });
      for (const worker of workers) ask(worker, n);
    });
  }

  take(n: number, figures: object[]): void {
    const round = this.rounds.get(n);
    if (round === undefined) return;
    round.heard.push(figures);
    if (round.heard.length === round.wanted) round.done();
  }
}
