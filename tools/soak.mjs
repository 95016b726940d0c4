// `npm run soak -- --minutes 10 --sockets 500`: does a server that is used for long grow, or keep what it should give back? Exit code 0: no.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { build } from './build.mjs';
import { freePort } from './free-port.mjs';
import { gather, Sitter } from './soak-people.mjs';
import { startFlags } from './start-flags.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, sockets: { type: 'string', default: '500' } } });
const [minutes, sockets] = [Number(values.minutes), Number(values.sockets)];
/** Of the time, before growth counts: caches and pools fill. */
const warmUp = 0.2;
/** How much the heap may seem to grow from warm-up to the end, by the median slope; resident memory also depends on the allocator. */
const allowed = { heap: { share: 0.1, bytes: 8e6 }, rss: { share: 0.2, bytes: 40e6 } };
/** Above what there was at the beginning. The pool keeps four connections, of which there was one at least: three more, each a socket with timers of its own. What stays behind of people comes by the dozen. */
const slack = { sockets: 4, timers: 12, connections: 3 };
const patienceMs = 120_000;
const say = (line) => console.error(line);
const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** The built server with a PostgreSQL of its own, and with the probe in it. */
async function startServer(dataDir) {
  const port = await freePort();
  const env = { PATH: process.env.PATH, NODE_ENV: 'test', HOST: '127.0.0.1', PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, DATA_DIR: dataDir, JWT_SECRET: 'only for the time of a soak', RATE_LIMITS: 'off', LOG_LEVEL: 'error' };
  const child = fork(join(root, 'dist/server/main.js'), { env, execArgv: [...startFlags, '--expose-gc', '--disable-warning=ExperimentalWarning', '--import', new URL('soak-probe.mjs', import.meta.url).href], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
  while (!output.includes('Verbatim is ready')) {
    if (child.exitCode !== null) throw new Error(`The server did not start: ${output}`);
    await pause(50);
  }
  const greeting = output.length;
  return { child, url: env.PUBLIC_URL, said: () => output.slice(greeting).split('\n').filter((line) => !line.includes('"outage":')).join('\n').trim() };
}

async function look({ child }, database, what = 'memory') {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  child.send(what);
  const [alive] = await answer;
  const { rows: [{ n }] } = await database.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'verbatim'`);
  return { ...alive, connections: n, at: performance.now() };
}

/** The median of the slopes between all pairs: single peaks do not move it. Given as growth over the whole time. */
function growth(samples, what) {
  const slopes = samples.flatMap((one, i) => samples.slice(i + 1).map((other) => (other[what] - one[what]) / (other.at - one.at))).sort((a, b) => a - b);
  return slopes[Math.floor(slopes.length / 2)] * (samples.at(-1).at - samples[0].at);
}

async function soak(server, database, tally) {
  const people = await gather(server.url, Math.max(10, Math.ceil(sockets / 50) * 10));
  await pause(5000); // Until the connections of the registrations are closed.
  const before = await look(server, database, 'everything');
  say(`At the beginning: heap ${mb(before.heap)}, ${before.sockets} sockets, ${before.timers} timers, ${before.connections} connections to PostgreSQL.`);
  const pace = minutes < 5 ? [1000, 5000] : [10_000, 30_000];
  const sitters = Array.from({ length: sockets }, (_, n) => new Sitter(server.url, people[n % people.length], tally, pace));
  const lives = [];
  for (const sitter of sitters) {
    lives.push(sitter.live());
    await pause(20);
  }
  const samples = await watch(server, database, tally);
  for (const sitter of sitters) sitter.gone = true;
  await Promise.all(lives);
  return { before, samples, after: await untilQuiet(server, database, before) };
}

async function watch(server, database, tally) {
  const [begun, until] = [performance.now(), performance.now() + minutes * 60_000];
  const everyMs = Math.max(2000, (minutes * 60_000) / 60);
  const samples = [];
  while (performance.now() < until) {
    await pause(Math.min(everyMs, Math.max(0, until - performance.now())));
    const sample = await look(server, database);
    samples.push(sample);
    if (samples.length % 6 === 0) say(`${((sample.at - begun) / 60_000).toFixed(1)} min: heap ${mb(sample.heap)}, resident ${mb(sample.rss)}, ${tally.here} sockets, ${sample.connections} connections to PostgreSQL; ${tally.requests} requests, ${tally.connects} connects.`);
  }
  return samples.filter(({ at }) => at > begun + (until - begun) * warmUp);
}

const remains = (now, before) => Object.keys(slack).filter((what) => now[what] > before[what] + slack[what]);

async function untilQuiet(server, database, before) {
  const until = performance.now() + patienceMs;
  for (;;) {
    const now = await look(server, database, 'everything');
    if (remains(now, before).length === 0 || performance.now() > until) return now;
    await pause(3000);
  }
}

function judge({ before, samples, after }, tally, said) {
  const grown = Object.keys(allowed).map((what) => {
    const typical = samples.map((sample) => sample[what]).sort((a, b) => a - b)[Math.floor(samples.length / 2)];
    return { what, bytes: growth(samples, what), limit: Math.max(allowed[what].share * typical, allowed[what].bytes) };
  });
  const faults = [
    ...grown.filter(({ bytes, limit }) => bytes > limit).map(({ what, bytes, limit }) => `${what} grew by ${mb(bytes)}; allowed are ${mb(limit)}`),
    ...remains(after, before).map((what) => `${what}: ${before[what]} at the beginning, ${after[what]} after everyone had left`),
    ...[...new Set(tally.faults)].slice(0, 10),
    ...(said === '' ? [] : [`the server said: ${said.slice(0, 500)}`]),
  ];
  return { minutes, people: sockets, samples: samples.length, ...Object.fromEntries(grown.map(({ what, bytes }) => [`${what}Growth`, Math.round(bytes)])), before, atTheEnd: samples.at(-1), after, ...tally, faults };
}

build();
const folder = mkdtempSync(join(tmpdir(), 'verbatim-soak-'));
const server = await startServer(folder);
try {
  const { findRunning } = await import('../dist/src/database/embedded-postgres.js');
  const database = new pg.Client({ connectionString: findRunning(folder) });
  database.on('error', () => {}); // Should this fail, PostgreSQL goes before we do.
  await database.connect();
  const tally = { here: 0, putOff: 0, connects: 0, requests: 0, partings: 0, signOuts: 0, faults: [] };
  const report = judge(await soak(server, database, tally), tally, server.said());
  await database.end();
  console.log(JSON.stringify(report, null, 2));
  say(report.faults.length === 0 ? 'Nothing grew, and nothing stayed behind.' : `FAULTS: ${report.faults.join('; ')}`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
} finally {
  server.child.kill('SIGTERM');
  if (server.child.exitCode === null) await once(server.child, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
