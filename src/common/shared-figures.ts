import { AggregatorRegistry } from 'prom-client';
import { metrics } from './metrics.js';
import { primary, type Primary } from './primary.js';

/** Longer than this a scraper is not kept waiting: then it gets what this worker knows. */
const patienceMs = 2000;

/** The figures of all workers together: a scraper comes to any of them, and each time to another one. */
class SharedFigures {
  private asked = 0;
  private readonly open = new Map<number, (text: string) => void>();

  constructor(private readonly primary: Primary) {
    primary.hear('measure', ({ n }) => { void this.measure(n); });
    primary.hear('figures', ({ n, figures }) => { void this.answer(n, figures); });
  }

  async text(): Promise<string> {
    this.asked += 1;
    const n = this.asked;
    let timer: NodeJS.Timeout | undefined;
    const together = new Promise<string>((resolve) => { this.open.set(n, resolve); });
    const alone = new Promise<string>((resolve) => { timer = setTimeout(() => { resolve(metrics.metrics()); }, patienceMs); });
    void this.primary.tell('measure', { n });
    try {
      return await Promise.race([together, alone]);
    } finally {
      clearTimeout(timer);
      this.open.delete(n);
    }
  }

  private async measure(n: number): Promise<void> {
    void this.primary.tell('measured', { n, figures: await metrics.getMetricsAsJSON() });
  }

  private async answer(n: number, figures: object[][]): Promise<void> {
    this.open.get(n)?.(await AggregatorRegistry.aggregate(figures).metrics());
  }
}

const shared = primary === null ? null : new SharedFigures(primary);

/** What /metrics shows. */
export function figures(): Promise<string> {
  return shared?.text() ?? metrics.metrics();
}
