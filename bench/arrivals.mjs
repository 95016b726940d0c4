// Everybody comes at once: connects, joins with the last page and stays. What that costs, and what each person is pushed meanwhile.
import { cpuWhile, leave } from './arena.mjs';
import { Fleet } from './load/fleet.mjs';
import { interleaved } from './measure.mjs';
import { profileOf } from './profile.mjs';
import { startPostgres } from './postgres.mjs';
import { record, resultsFile, table } from './report.mjs';
import { seedMessages, seedNaiveMessages, seedWorld, trustingWorld } from './seed.mjs';
import { systems } from './systems.mjs';

const worlds = [{ rooms: 50, members: 20 }, { rooms: 1, members: 500 }, { rooms: 1, members: 5000 }];
/** Rows of a member list that a tall screen shows. */
const watched = 50;
const stored = 15;

/** Who arrives at which server; `watch`: how many members each of them has on the screen. */
const variantsOf = { ours: { system: 'ours', watch: 0 }, 'ours watching 50': { system: 'ours', watch: watched }, naive: { system: 'naive', watch: 0 } };

const usEach = ({ usOfServer, usOfPostgres }) => usOfServer + usOfPostgres;
const columns = [
  ['µs CPU each', usEach, 0],
  ['of it PostgreSQL', ({ usOfPostgres }) => usOfPostgres, 0],
  ['seconds', ({ seconds }) => seconds, 1],
  ['pushes a person', ({ pushes }) => pushes, 1],
  ['bytes a person', ({ bytes }) => bytes, 0],
  ['presence a person and minute, at most', ({ presencePerMinute }) => presencePerMinute, 1],
];

export async function arrivals(options) {
  for (const world of worlds) await arrivalsIn(world, options);
}

async function arrivalsIn(world, { rounds, only, folder, profile }) {
  const name = `arrivals-${world.rooms}x${world.members}`;
  const wanted = Object.entries(variantsOf).filter(([title]) => only === undefined || only.includes(title));
  const postgres = await startPostgres();
  const sites = new Map();
  try {
    for (const system of new Set(wanted.map(([, variant]) => variant.system))) sites.set(system, await enter(postgres, system, world, profile));
    for (const site of sites.values()) site.rivals = [...sites.keys()].filter((other) => other !== site.system);
    const variants = Object.fromEntries(wanted.map(([title, { system, watch }]) => [title, () => arrive(sites.get(system), watch)]));
    process.stderr.write('warming up:\n');
    await interleaved(1, variants, tell);
    if (profile) return await profileOf(name, sites.get('ours').server, { folder, unit: 'person' }, async () => (await variants.ours()).people);
    const results = await interleaved(rounds, variants, tell);
    console.log(`arrivals: ${world.rooms} × ${world.members} members, 50 at a time, who connect, join with the last ${stored} messages and stay; ${rounds} rounds`);
    table(results, columns, { ratio: usEach });
    record(resultsFile(folder, name), { workload: 'arrivals', ...world }, results);
  } finally {
    for (const site of sites.values()) await leave(site);
    await postgres.stop();
  }
}

async function enter(postgres, system, world, hooked) {
  const database = await postgres.database(system);
  const server = await systems[system].start(database.url, { hooked });
  const people = system === 'ours' ? await seedWorld(database.client, world) : trustingWorld(world);
  await (system === 'ours' ? seedMessages : seedNaiveMessages)(database.client, people.rooms.map(({ id }) => id), stored);
  return { system, database, server, world: people, fleet: new Fleet(), postgres: [postgres.pid] };
}

async function arrive(site, watch) {
  const { result: { people, ...figures }, cpu } = await cpuWhile(site, () => site.fleet.ask('arrive', { url: site.server.url, ...site.world, atOnce: 50, watch }));
  await site.fleet.ask('depart');
  return { people, ...figures, usOfServer: cpu.server / people, usOfPostgres: cpu.postgres / people };
}

const tell = (figures) => `${usEach(figures).toFixed(0)} µs each, ${figures.seconds.toFixed(1)} s, ${figures.pushes.toFixed(0)} pushes a person`;
