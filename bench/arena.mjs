// Several servers under the same load: each with a database if it stores, and a load generator whose members stay connected for
// the whole run, so that only the one whose turn it is has anything to do.
import { Fleet } from './load/fleet.mjs';
import { cpuOfBackends, cpuOfTrees } from './measure.mjs';
import { startPostgres } from './postgres.mjs';
import { seedWorld, trustingWorld } from './seed.mjs';
import { systems } from './systems.mjs';

async function enter(postgres, name, { system = name, world, options, prepare }) {
  process.stderr.write(`starting ${name} with ${world.rooms} rooms of ${world.members} …\n`);
  const { stores, numbered, start } = systems[system];
  const database = stores ? await postgres.database(name) : undefined;
  const server = await start(database?.url, options);
  const wanted = system === 'ours' ? await seedWorld(database.client, world) : trustingWorld(world);
  const stored = (await prepare?.(database.client, wanted)) ?? 0;
  const fleet = new Fleet();
  await fleet.ask('open', { url: server.url, ...wanted });
  return { name, numbered, server, fleet, database, world: wanted, postgres: stores ? [postgres.pid] : [], stored };
}

export async function leave({ fleet, server, database }) {
  await fleet.end();
  await server.stop();
  await database?.client.end();
}

/** Rows stored must equal messages accepted, over the whole life of the arena. */
async function checkStored({ database, stored }) {
  if (database === undefined) return [];
  const { rows: [{ n }] } = await database.client.query('SELECT count(*)::int AS n FROM messages');
  return n === stored ? [] : [`${n} rows stored where ${stored} are right`];
}

/** CPU of all processes that serve, and of PostgreSQL among them, while something was done. What another contestant's server has PostgreSQL do meanwhile is its own. */
export async function cpuWhile({ server, postgres, rivals = [] }, work) {
  const before = cpuNow(server, postgres, rivals);
  const result = await work();
  const after = cpuNow(server, postgres, rivals);
  return { result, cpu: { server: after.server - before.server, postgres: after.postgres - before.postgres - growth(before.rivals, after.rivals) } };
}

function cpuNow(server, postgres, rivals) {
  return { server: cpuOfTrees([server.pid]), postgres: cpuOfTrees(postgres), rivals: new Map(postgres.flatMap((pid) => [...cpuOfBackends(pid, rivals)])) };
}

/** Of those that are still there. What one used that ended meanwhile cannot be told from the rest any more, and it had little to do. */
function growth(before, after) {
  return [...after].reduce((sum, [pid, cpu]) => sum + cpu - (before.get(pid) ?? 0), 0);
}

/** One run of one system; throws when anything was lost, doubled or stored differently. `work` is a task of the load generator. */
async function measureOne(contestant, { work, options }) {
  const { fleet, numbered, name } = contestant;
  const { result: { problems, ...figures }, cpu } = await cpuWhile(contestant, () => fleet.ask(work, { ...options, numbered }));
  contestant.stored += figures.messages;
  problems.push(...(await checkStored(contestant)));
  if (problems.length > 0) throw new Error(`${name}: not every message reached every member exactly once: ${problems.join('; ')}`);
  const usOfServer = cpu.server / figures.deliveries;
  const usOfPostgres = cpu.postgres / figures.deliveries;
  return { ...figures, usOfServer, usOfPostgres, usPerDelivery: usOfServer + usOfPostgres, messagesPerSecond: figures.messages / figures.seconds };
}

/**
 * Code that has run a few times only is slow, and slowest where there is much of it; so each system first moves 4,000 messages, or
 * as many as fit into twenty seconds.
 */
async function warmUp(contestants, loop) {
  for (const contestant of contestants) {
    process.stderr.write(`warming up ${contestant.name} … `);
    const most = Math.min(100_000, 4000 * contestant.world.rooms[0].members.length);
    const { messages } = await measureOne(contestant, { work: 'closed', options: { ...loop, seconds: 20, deliveries: most } });
    process.stderr.write(`${messages} messages\n`);
  }
}

/**
 * `entrants`: by name {world: {rooms, members}, system?, options?, prepare?}; `loop` is the closed loop that warms them up, if any.
 * `use` gets the contestants and what makes the variants of an interleaved run. Whatever happens, everything is ended.
 */
export async function withArena(entrants, loop, use) {
  const postgres = await startPostgres();
  const contestants = [];
  try {
    for (const [name, entrant] of Object.entries(entrants)) contestants.push(await enter(postgres, name, entrant));
    for (const contestant of contestants) contestant.rivals = contestants.filter((other) => other !== contestant).map(({ name }) => name);
    if (loop !== undefined) await warmUp(contestants, loop);
    const variants = (task) => Object.fromEntries(contestants.map((contestant) => [contestant.name, () => measureOne(contestant, task)]));
    return await use({ contestants, variants });
  } finally {
    for (const contestant of contestants) await leave(contestant);
    await postgres.stop();
  }
}

/** Each of these systems with the same world. */
export const alike = (names, world) => Object.fromEntries(names.map((name) => [name, { world }]));
