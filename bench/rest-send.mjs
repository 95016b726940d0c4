// What a message costs that comes over REST, beside one over a socket, here and at the naive server. Everybody waits for one answer before the next send.
import { cpuWhile } from './arena.mjs';
import { Fleet } from './load/fleet.mjs';
import { interleaved } from './measure.mjs';
import { profileOf } from './profile.mjs';
import { startPostgres } from './postgres.mjs';
import { record, resultsFile, table } from './report.mjs';
import { seedWorld, trustingWorld } from './seed.mjs';
import { systems } from './systems.mjs';

const world = { rooms: 8, members: 2 };
const variantsOf = { 'ours socket': ['ours', 'socket'], 'ours REST': ['ours', 'rest'], 'naive socket': ['naive', 'socket'], 'naive REST': ['naive', 'rest'] };
const usEach = ({ usOfServer, usOfPostgres }) => usOfServer + usOfPostgres;
const columns = [
  ['µs CPU a send', usEach, 0],
  ['of it PostgreSQL', ({ usOfPostgres }) => usOfPostgres, 0],
  ['sends a second', ({ sends, seconds }) => sends / seconds, 0],
];

export async function restSend({ rounds, seconds, only, folder, profile }) {
  const wanted = Object.entries(variantsOf).filter(([title]) => only === undefined || only.includes(title));
  const postgres = await startPostgres();
  const sites = new Map();
  try {
    for (const system of new Set(wanted.map(([, [name]]) => name))) sites.set(system, await enter(postgres, system, profile));
    for (const site of sites.values()) site.rivals = [...sites.keys()].filter((other) => other !== site.system);
    const variants = Object.fromEntries(wanted.map(([title, [system, door]]) => [title, () => send(sites.get(system), door, seconds)]));
    process.stderr.write('warming up:\n');
    await interleaved(1, variants, tell);
    if (profile) return await profileOf('rest-send', sites.get('ours').server, { folder, unit: 'send' }, async () => (await variants['ours REST']()).sends);
    const results = await interleaved(rounds, variants, tell);
    console.log(`rest-send: ${world.rooms} rooms of ${world.members}, one sender in each; closed loop, ${rounds} × ${seconds} s`);
    table(results, columns, { ratio: usEach, to: 'ours socket' });
    record(resultsFile(folder, 'rest-send'), { workload: 'rest-send', ...world, seconds }, results);
  } finally {
    for (const { fleet, server, database } of sites.values()) {
      await fleet.end();
      await server.stop();
      await database.client.end();
    }
    await postgres.stop();
  }
}

async function enter(postgres, system, hooked) {
  const database = await postgres.database(system);
  const server = await systems[system].start(database.url, { hooked });
  const people = system === 'ours' ? await seedWorld(database.client, world) : trustingWorld(world);
  const fleet = new Fleet();
  await fleet.ask('take', { url: server.url, ...people });
  return { system, database, server, fleet, postgres: [postgres.pid] };
}

async function send(site, door, seconds) {
  const { result, cpu } = await cpuWhile(site, () => site.fleet.ask('say', { url: site.server.url, door, seconds }));
  return { ...result, usOfServer: cpu.server / result.sends, usOfPostgres: cpu.postgres / result.sends };
}

const tell = (figures) => `${usEach(figures).toFixed(0)} µs a send`;
