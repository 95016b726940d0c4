// What a connection costs that does nothing: memory of the process for each of 10,000 that are held, and the CPU of taking them in;
// ours, with authentication, sessions, presence and rooms, beside a bare Socket.IO server in the same run.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuWhile } from './arena.mjs';
import { Fleet } from './load/fleet.mjs';
import { interleaved } from './measure.mjs';
import { startPostgres } from './postgres.mjs';
import { record, resultsFile, table } from './report.mjs';
import { seedWorld, trustingWorld } from './seed.mjs';
import { systems } from './systems.mjs';

const people = { rooms: 50, members: 20 };
const held = 10_000;
/** Code is compiled and pools are filled before anything is counted. */
const first = 1000;
const settleMs = 3000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

async function startBare() {
  const child = fork(here('baselines/bare-socketio.mjs'), { execArgv: ['--import', here('hook.mjs')] });
  const [{ url }] = await once(child, 'message');
  const ask = async (question) => {
    child.send(question);
    const [{ answer }] = await once(child, 'message');
    return answer;
  };
  return { url, pid: child.pid, ask, stop: async () => { child.disconnect(); await once(child, 'exit'); } };
}

/** Each person on several devices: rate limits are off, and so is the limit of sockets for each person. */
const devices = (members, count) => Array.from({ length: count }, (_, i) => members[i % members.length]);

async function gather({ server, fleet, world }, count) {
  return await fleet.ask('gather', { url: server.url, members: devices(world.members, count), atOnce: 20 });
}

async function measureIdle(site) {
  await gather(site, first);
  await site.fleet.ask('scatter');
  await pause(settleMs);
  const before = await site.server.ask('memory');
  const { result, cpu } = await cpuWhile(site, () => gather(site, held));
  await pause(settleMs);
  const after = await site.server.ask('memory');
  await site.fleet.ask('scatter');
  await pause(settleMs);
  const each = (name) => (after[name] - before[name]) / held / 1024;
  return {
    rss: each('rss'), heap: each('heapUsed'), outside: each('external'), whole: after.rss / 2 ** 20,
    connectsPerSecond: held / result.seconds, usOfConnect: (cpu.server + cpu.postgres) / held, usOfPostgres: cpu.postgres / held,
  };
}

const columns = [
  ['KB of RSS each', ({ rss }) => rss, 1],
  ['KB of heap', ({ heap }) => heap, 1],
  ['KB outside it', ({ outside }) => outside, 1],
  ['MB with all', ({ whole }) => whole, 0],
  ['connects/s', ({ connectsPerSecond }) => connectsPerSecond, 0],
  ['µs CPU a connect', ({ usOfConnect }) => usOfConnect, 0],
  ['of it PostgreSQL', ({ usOfPostgres }) => usOfPostgres, 0],
];

export async function idle({ rounds, folder }) {
  const postgres = await startPostgres();
  const database = await postgres.database('ours');
  const ours = { server: await systems.ours.start(database.url, { hooked: true }), fleet: new Fleet(), postgres: [postgres.pid] };
  const bare = { server: await startBare(), fleet: new Fleet(), postgres: [], world: trustingWorld(people) };
  try {
    ours.world = await seedWorld(database.client, people);
    const results = await interleaved(rounds, { ours: () => measureIdle(ours), 'bare Socket.IO': () => measureIdle(bare) }, ({ heap, rss }) => `${heap.toFixed(1)} KB of heap, ${rss.toFixed(1)} KB of RSS each`);
    console.log(`idle: ${held} connections held by 1,000 people in 50 rooms of 20; after a collection of garbage; ${rounds} rounds`);
    table(results, columns, { ratio: ({ heap, outside }) => heap + outside, to: 'bare Socket.IO' });
    record(resultsFile(folder, 'idle'), { workload: 'idle', ...people, held }, results);
  } finally {
    for (const { server, fleet } of [ours, bare]) {
      await fleet.end();
      await server.stop();
    }
    await database.client.end();
    await postgres.stop();
  }
}
