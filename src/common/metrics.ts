import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What /metrics shows. Labels are few and bounded: never an id, a name or a path as it was typed. */
export const metrics = new Registry();
collectDefaultMetrics({ register: metrics, prefix: 'chat_', eventLoopMonitoringPrecision: 2 ** 31 - 1 });
// Node's own meter of the event loop rings a hundred times a second, as often as a thousand idle sockets; see health/event-loop-lag.ts.
for (const { name } of metrics.getMetricsAsArray()) if (name.includes('eventloop_lag')) metrics.removeSingleMetric(name);

export const httpSeconds = new Histogram({
  name: 'chat_http_request_duration_seconds',
  help: 'Time from request to answer',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  registers: [metrics],
});

export const signIns = new Counter({
  name: 'chat_sign_ins_total',
  help: 'Sign-ins by way and outcome',
  labelNames: ['way', 'outcome'] as const,
  registers: [metrics],
});

export const sessionsEnded = new Counter({
  name: 'chat_sessions_ended_total',
  help: 'Sessions ended, by reason',
  labelNames: ['reason'] as const,
  registers: [metrics],
});

/** Socket requests by event that went well, as nearly all do, since somebody last asked. To look labels up is not cheap. */
const answered = new Map<string, number>();

export const socketRequests = new Counter({
  name: 'chat_socket_requests_total',
  help: 'Socket requests by event and outcome',
  labelNames: ['event', 'outcome'] as const,
  registers: [metrics],
  collect() {
    for (const [event, count] of answered) this.inc({ event, outcome: 'ok' }, count);
    answered.clear();
  },
});

export function countAnswered(event: string): void {
  answered.set(event, (answered.get(event) ?? 0) + 1);
}

export const openSockets = new Gauge({
  name: 'chat_open_sockets',
  help: 'Sockets connected now',
  registers: [metrics],
});

export const linkConnected = new Gauge({
  name: 'chat_link_connected',
  help: 'Whether the link to the other nodes is there; 1 also when this process is meant to serve alone',
  aggregator: 'min',
  registers: [metrics],
});
linkConnected.set(1);

export const linkOperations = new Counter({
  name: 'chat_link_operations_total',
  help: 'What nodes told each other: published by this one, heard from others, or dropped because the link was away or the text made no sense',
  labelNames: ['direction'] as const,
  registers: [metrics],
});

export const slowConsumers = new Counter({
  name: 'chat_slow_consumers_total',
  help: 'Connections cut because they did not read what was pushed to them',
  registers: [metrics],
});

export const floodsEnded = new Counter({
  name: 'chat_floods_ended_total',
  help: 'Connections cut because they went on asking after hundreds of refusals',
  registers: [metrics],
});
