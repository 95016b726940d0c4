// The peak: a closed loop against every system in turn. CPU of all serving processes for each delivered message.
import { withArena } from './arena.mjs';
import { interleaved } from './measure.mjs';
import { profilePeak } from './profile.mjs';
import { record, resultsFile, table } from './report.mjs';
import { systems } from './systems.mjs';

/** `window`: messages of one room that are under way at a time. */
export const workloads = {
  f50x20: { world: { rooms: 50, members: 20 }, window: 4 },
  f1x500: { world: { rooms: 1, members: 500 }, window: 40 },
  f200x2: { world: { rooms: 200, members: 2 }, window: 2 },
};

const columns = [
  ['msg/s', ({ messagesPerSecond }) => messagesPerSecond, 0],
  ['deliveries/s', ({ deliveries, seconds }) => deliveries / seconds, 0],
  ['µs CPU a delivery', ({ usPerDelivery }) => usPerDelivery, 1],
  ['of it PostgreSQL', ({ usOfPostgres }) => usOfPostgres, 1],
  ['p50 ms', ({ p50 }) => p50, 1],
  ['p99 ms', ({ p99 }) => p99, 1],
];

const tell = ({ messagesPerSecond, usPerDelivery }) => `${messagesPerSecond.toFixed(0)} msg/s, ${usPerDelivery.toFixed(1)} µs a delivery`;

export async function peak(name, { rounds, seconds, only, folder, profile }) {
  const { world, window } = workloads[name];
  if (profile) return await profilePeak(name, workloads[name], { seconds, folder });
  const names = only ?? Object.keys(systems);
  await withArena(names, { world, window }, async (variants) => {
    const results = await interleaved(rounds, variants({ work: 'closed', options: { seconds, window } }), tell);
    console.log(`${name}: ${world.rooms} rooms × ${world.members} members, ${window} messages under way in each; closed loop, ${rounds} × ${seconds} s; nothing lost, nothing doubled`);
    table(results, columns, { ratio: ({ usPerDelivery }) => usPerDelivery });
    record(resultsFile(folder, name), { workload: name, ...world, window, seconds }, results);
  });
}
