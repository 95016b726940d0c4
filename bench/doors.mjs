// What one request costs from the door on, here and at the naive server: a send, a page of history, joining with the last page. Each person waits for
// one answer before the next request.
import { cpuWhile, leave } from './arena.mjs';
import { Fleet } from './load/fleet.mjs';
import { interleaved } from './measure.mjs';
import { profileOf } from './profile.mjs';
import { startPostgres } from './postgres.mjs';
import { record, resultsFile, table } from './report.mjs';
import { seedMessages, seedNaiveMessages, seedWorld, trustingWorld } from './seed.mjs';
import { systems } from './systems.mjs';

const world = { rooms: 8, members: 2 };
const stored = 1000;
const variantsOf = (doors) => Object.fromEntries(['ours', 'naive'].flatMap((system) => doors.map((door) => [`${system}: ${door}`, [system, door]])));
const usEach = ({ usOfServer, usOfPostgres }) => usOfServer + usOfPostgres;
const columns = [
  ['µs CPU each', usEach, 0],
  ['of it PostgreSQL', ({ usOfPostgres }) => usOfPostgres, 0],
  ['each second', ({ count, seconds }) => count / seconds, 0],
];

const bench = (name, doors, to) => async ({ rounds, seconds, only, folder, profile }) => {
  const wanted = Object.entries(variantsOf(doors)).filter(([, [system]]) => only === undefined || only.includes(system));
  const postgres = await startPostgres();
  const sites = new Map();
  try {
    for (const system of new Set(wanted.map(([, [system]]) => system))) sites.set(system, await enter(postgres, system, profile));
    for (const site of sites.values()) site.rivals = [...sites.keys()].filter((other) => other !== site.system);
    const variants = Object.fromEntries(wanted.map(([title, [system, door]]) => [title, () => knock(sites.get(system), door, seconds)]));
    process.stderr.write('warming up:\n');
    await interleaved(1, variants, tell);
    const last = `ours: ${doors.at(-1)}`;
    if (profile) return await profileOf(name, sites.get('ours').server, { folder, unit: 'request' }, async () => (await variants[last]()).count);
    const results = await interleaved(rounds, variants, tell);
    console.log(`${name}: ${world.rooms} rooms of ${world.members} with ${stored} messages, one person in each asks; closed loop, ${rounds} × ${seconds} s`);
    table(results, columns, { ratio: usEach, to });
    record(resultsFile(folder, name), { workload: name, ...world, seconds }, results);
  } finally {
    for (const site of sites.values()) await leave(site);
    await postgres.stop();
  }
};

export const restSend = bench('rest-send', ['send, socket', 'send, REST'], 'ours: send, socket');
export const page = bench('page', ['page, socket', 'page, REST'], 'naive: page, REST');
export const join = bench('join', ['join, socket'], 'naive: join, socket');

async function enter(postgres, system, hooked) {
  const database = await postgres.database(system);
  const server = await systems[system].start(database.url, { hooked });
  const people = system === 'ours' ? await seedWorld(database.client, world) : trustingWorld(world);
  const roomIds = people.rooms.map(({ id }) => id);
  await (system === 'ours' ? seedMessages : seedNaiveMessages)(database.client, roomIds, stored);
  const fleet = new Fleet();
  await fleet.ask('take', { url: server.url, ...people });
  return { system, database, server, fleet, postgres: [postgres.pid] };
}

async function knock(site, door, seconds) {
  const { result, cpu } = await cpuWhile(site, () => site.fleet.ask('knock', { url: site.server.url, door, seconds }));
  return { ...result, usOfServer: cpu.server / result.count, usOfPostgres: cpu.postgres / result.count };
}

const tell = (figures) => `${usEach(figures).toFixed(0)} µs each`;
