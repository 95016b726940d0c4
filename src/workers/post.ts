import type { Worker } from 'node:cluster';
import { limits as documented, MemoryCounts, type Limits } from '../common/counts.js';
import type { Letter, News, Topic } from '../common/primary.js';
import { Figures } from './figures.js';

/** So many characters may be on their way to one worker. One that does not read for long loses what follows, and notices the gap. */
const mostOnTheWay = 16 * 1024 * 1024;

/** The letters of the workers: those for all others go to them, those with questions are answered. */
export class Post {
  private readonly onTheWay = new Map<Worker, number>();
  private readonly counts: MemoryCounts;
  private readonly figures = new Figures();

  constructor(limits: Limits = documented) {
    this.counts = new MemoryCounts(limits);
  }

  /** From now on this worker sends and receives. */
  serve(worker: Worker): void {
    this.onTheWay.set(worker, 0);
    worker.on('message', (letter: Letter) => { this.take(worker, letter); });
    worker.once('exit', () => { this.onTheWay.delete(worker); });
  }

  tell<Name extends Topic>(worker: Worker, topic: Name, body: News[Name], sent: () => void = () => undefined): void {
    if (worker.isConnected()) worker.send({ topic, body }, sent);
  }

  private take(from: Worker, { topic, body }: Letter): void {
    if (topic === 'others') this.passOn(from, body);
    else if (topic === 'count') this.countFor(from, body);
    else if (topic === 'measure') void this.measureFor(from, body.n);
    else if (topic === 'measured') this.figures.take(body.n, body.figures);
  }

  private passOn(from: Worker, text: string): void {
    for (const [worker, waiting] of this.onTheWay) {
      if (worker === from || waiting > mostOnTheWay) continue;
      this.onTheWay.set(worker, waiting + text.length);
      this.tell(worker, 'others', text, () => { this.arrived(worker, text.length); });
    }
  }

  private arrived(worker: Worker, length: number): void {
    const waiting = this.onTheWay.get(worker);
    if (waiting !== undefined) this.onTheWay.set(worker, waiting - length);
  }

  private countFor(worker: Worker, { n, asked }: News['count']): void {
    this.tell(worker, 'counted', { n, standings: asked.map(([act, limit, caller, amount]) => this.counts[act](limit, caller, amount)) });
  }

  private async measureFor(worker: Worker, n: number): Promise<void> {
    const figures = await this.figures.collect([...this.onTheWay.keys()], (each, round) => { this.tell(each, 'measure', { n: round }); });
    this.tell(worker, 'figures', { n, figures });
  }
}
