import { createHistogram, performance } from 'node:perf_hooks';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { metrics } from '../common/metrics.js';

const everyMs = 250;
const late = createHistogram();

new Gauge({
  name: 'chat_event_loop_lag_seconds',
  help: 'How much later than due the process got to what was due, since this was read last',
  labelNames: ['quantile'] as const,
  aggregator: 'max',
  registers: [metrics],
  collect() {
    for (const percent of [50, 99, 100]) this.set({ quantile: String(percent / 100) }, late.count === 0 ? 0 : late.percentile(percent) / 1e9);
    late.reset();
  },
});

/** A clock that rings four times a second, and is late when something keeps the process busy. */
@Injectable()
export class EventLoopLag implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private due = 0;

  onApplicationBootstrap(): void {
    this.due = performance.now() + everyMs;
    this.timer = setInterval(() => { this.ring(); }, everyMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private ring(): void {
    const now = performance.now();
    late.record(Math.max(1, Math.round((now - this.due) * 1e6)));
    this.due = now + everyMs;
  }
}
