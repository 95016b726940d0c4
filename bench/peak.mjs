// The fan-out workloads: a closed loop for the peak, an open one at a low rate, against every system in turn. CPU of all serving
// processes for each delivered message.
import { alike, withArena } from './arena.mjs';
import { interleaved } from './measure.mjs';
import { profilePeak } from './profile.mjs';
import { record, resultsFile, table } from './report.mjs';
import { systems } from './systems.mjs';

/** `window`: messages of one room that are under way at a time. */
export const workloads = {
  f50x20: { world: { rooms: 50, members: 20 }, window: 4 },
  f1x500: { world: { rooms: 1, members: 500 }, window: 40 },
  f200x2: { world: { rooms: 200, members: 2 }, window: 2 },
  /** 64 people who all speak at once, each of whom waits for one message before sending the next: in one room, and two by two. */
  senders: { world: { rooms: 1, members: 64 }, window: 64 },
  pairs: { world: { rooms: 32, members: 2 }, window: 2 },
};

/** Where the question is how many messages are accepted. */
const speedCounts = ['senders', 'pairs'];

/** A second, however many each message makes. */
const lowDeliveries = 1000;
const lowShapes = ['f50x20', 'f1x500', 'f200x2'];
/** A message that is alone goes other ways than one in a batch of the peak; their code has to be warm as well. */
const warmUpSeconds = 20;
const warmUpFactor = 4;

const cost = ({ usPerDelivery }) => usPerDelivery;
const speed = ({ messagesPerSecond }) => messagesPerSecond;
export const columns = {
  speed: ['msg/s', speed, 0],
  cost: ['µs CPU a delivery', cost, 1],
  postgres: ['of it PostgreSQL', ({ usOfPostgres }) => usOfPostgres, 1],
  p50: ['p50 ms', ({ p50 }) => p50, 1],
  p99: ['p99 ms', ({ p99 }) => p99, 1],
  disordered: ['not in order of seq', ({ disordered }) => disordered, 0],
  last99: ['p99 of the last member', ({ last99 }) => last99, 1],
};

export const tell = (figures) => `${speed(figures).toFixed(0)} msg/s, ${cost(figures).toFixed(1)} µs a delivery`;

export async function peak(name, { rounds, seconds, only, folder, profile }) {
  const { world, window } = workloads[name];
  if (profile) return await profilePeak(name, workloads[name], { seconds, folder });
  return await withArena(alike(only ?? Object.keys(systems), world), { window }, async ({ variants }) => {
    const results = await interleaved(rounds, variants({ work: 'closed', options: { seconds, window } }), tell);
    console.log(`${name}: ${world.rooms} rooms × ${world.members} members, ${window} messages under way in each; closed loop, ${rounds} × ${seconds} s; nothing lost, nothing doubled`);
    table(results, [columns.speed, columns.cost, columns.postgres, columns.p50, columns.p99], { ratio: speedCounts.includes(name) ? speed : cost });
    record(resultsFile(folder, name), { workload: name, ...world, window, seconds }, results);
  });
}

/** The clock of a message runs from when it was due, so a server that falls behind cannot hide it. */
export async function steady(options) {
  for (const shape of lowShapes) await steadyIn(shape, options);
}

async function steadyIn(shape, { rounds, seconds, only, folder }) {
  const { world, window } = workloads[shape];
  const rate = lowDeliveries / world.members;
  await withArena(alike(only ?? ['ours', 'naive'], world), { window }, async ({ variants }) => {
    await interleaved(1, variants({ work: 'steady', options: { seconds: warmUpSeconds, rate: warmUpFactor * rate } }), tell);
    const results = await interleaved(rounds, variants({ work: 'steady', options: { seconds, rate } }), tell);
    console.log(`steady: ${world.rooms} rooms × ${world.members} members, ${rate} messages a second; open loop, ${rounds} × ${seconds} s; nothing lost, nothing doubled`);
    table(results, [columns.cost, columns.postgres, columns.p50, columns.p99, columns.last99], { ratio: cost });
    record(resultsFile(folder, `steady-${shape}`), { workload: 'steady', ...world, rate, seconds }, results);
  });
}
