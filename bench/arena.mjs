// Several systems under the same load: each with a server, a database if it stores, and a load generator whose members stay
// connected for the whole run, so that only the system whose turn it is has anything to do.
import { Fleet } from './load/fleet.mjs';
import { cpuOfTrees } from './measure.mjs';
import { startPostgres } from './postgres.mjs';
import { seedWorld, trustingWorld } from './seed.mjs';
import { systems } from './systems.mjs';

async function enter(postgres, name, { world, options }) {
  const { stores, numbered, start } = systems[name];
  const database = stores ? await postgres.database(name) : undefined;
  const server = await start(database?.url, options?.[name]);
  const fleet = new Fleet();
  await fleet.open(server.url, name === 'ours' ? await seedWorld(database.client, world) : trustingWorld(world));
  return { name, numbered, server, fleet, database, postgres: stores ? [postgres.pid] : [], accepted: 0 };
}

/** Rows stored must equal messages accepted, over the whole life of the arena. */
async function checkStored({ database, accepted }) {
  if (database === undefined) return [];
  const { rows: [{ n }] } = await database.client.query('SELECT count(*)::int AS n FROM messages');
  return n === accepted ? [] : [`${n} rows stored, ${accepted} messages accepted`];
}

/** One run of one system; throws when anything was lost, doubled or stored differently. `work` is a method of Fleet. */
async function measureOne(contestant, { work, options }) {
  const { fleet, numbered, server, postgres, name } = contestant;
  const cpuNow = () => ({ server: cpuOfTrees([server.pid]), postgres: cpuOfTrees(postgres) });
  const before = cpuNow();
  const { problems, ...figures } = await fleet[work]({ ...options, numbered });
  const after = cpuNow();
  contestant.accepted += figures.messages;
  problems.push(...(await checkStored(contestant)));
  if (problems.length > 0) throw new Error(`${name}: not every message reached every member exactly once: ${problems.join('; ')}`);
  const usOfServer = (after.server - before.server) / figures.deliveries;
  const usOfPostgres = (after.postgres - before.postgres) / figures.deliveries;
  return { ...figures, usOfServer, usOfPostgres, usPerDelivery: usOfServer + usOfPostgres, messagesPerSecond: figures.messages / figures.seconds };
}

/**
 * Code that has run a few times only is slow, and slowest where there is much of it; so each system first moves 4,000 messages, or
 * as many as fit into twenty seconds.
 */
async function warmUp(contestants, { members }, window) {
  for (const contestant of contestants) {
    process.stderr.write(`warming up ${contestant.name} … `);
    const { messages } = await measureOne(contestant, { work: 'closed', options: { seconds: 20, window, deliveries: Math.min(100_000, 4000 * members) } });
    process.stderr.write(`${messages} messages\n`);
  }
}

/** `setting` = {world: {rooms, members}, window, options?}. Starts one after the other, runs `use`, and ends everything whatever happens. */
export async function withArena(names, setting, use) {
  const postgres = await startPostgres();
  const contestants = [];
  try {
    for (const name of names) {
      process.stderr.write(`starting ${name} with ${setting.world.rooms} rooms of ${setting.world.members} …\n`);
      contestants.push(await enter(postgres, name, setting));
    }
    await warmUp(contestants, setting.world, setting.window);
    const variants = (task) => Object.fromEntries(contestants.map((contestant) => [contestant.name, () => measureOne(contestant, task)]));
    return await use(variants, contestants);
  } finally {
    for (const { fleet, server, database } of contestants) {
      await fleet.end();
      await server.stop();
      await database?.client.end();
    }
    await postgres.stop();
  }
}
