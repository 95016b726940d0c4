// What coming in costs: connecting, joining with the last page, catching up with fifty rooms; and everybody coming back at once.
import { Fleet } from './load/fleet.mjs';
import { cpuWhile } from './arena.mjs';
import { interleaved, median, show } from './measure.mjs';
import { startPostgres } from './postgres.mjs';
import { record, resultsFile, table } from './report.mjs';
import { positions, seedMessages, seedWorld } from './seed.mjs';
import { systems } from './systems.mjs';

const columns = [
  ['µs CPU each', ({ usEach }) => usEach, 0],
  ['of it PostgreSQL', ({ usOfPostgres }) => usOfPostgres, 0],
  ['statements', ({ statements }) => statements, 2],
  ['each second', ({ count, seconds }) => count / seconds, 0],
  ['p50 ms', ({ p50 }) => p50, 1],
  ['p99 ms', ({ p99 }) => p99, 1],
];

/** One server of ours with people, rooms and messages, and a load generator. */
async function withServer({ world, stored, hooked = false }, use) {
  const postgres = await startPostgres();
  const database = await postgres.database('ours');
  const server = await systems.ours.start(database.url, { hooked });
  const fleet = new Fleet();
  const site = { server, database, fleet, postgres: [postgres.pid], world: await seedWorld(database.client, world) };
  try {
    await seedMessages(database.client, site.world.rooms.map(({ id }) => id), stored);
    await use(site);
  } finally {
    await fleet.end();
    await site.server.stop();
    await database.client.end();
    await postgres.stop();
  }
}

/** Does something `count` times and says what one of them costs. */
async function costOf(site, task, options) {
  const before = await site.server.ask('statements');
  const { result, cpu } = await cpuWhile(site, () => site.fleet.ask(task, { url: site.server.url, ...options }));
  const statements = (await site.server.ask('statements')) - before;
  const { count } = result;
  return { ...result, usEach: (cpu.server + cpu.postgres) / count, usOfPostgres: cpu.postgres / count, statements: statements / count };
}

const tell = ({ usEach, statements }) => `${usEach.toFixed(0)} µs and ${statements.toFixed(2)} statements each`;

async function report(name, site, { tasks, heading }, { rounds, folder }) {
  const variants = Object.fromEntries(Object.entries(tasks).map(([title, [task, options]]) => [title, () => costOf(site, task, options)]));
  process.stderr.write('warming up:\n');
  await interleaved(1, variants, tell);
  const results = await interleaved(rounds, variants, tell);
  console.log(heading);
  table(results, columns);
  record(resultsFile(folder, name), { workload: name }, results);
  return results;
}

/** Everybody is in one of 50 rooms of 20; what joining costs beyond connecting is the difference. */
export async function visit(options) {
  await withServer({ world: { rooms: 50, members: 20 }, stored: 1000, hooked: true }, async (site) => {
    const visits = { ...site.world, count: 1000, atOnce: 8 };
    const byRoom = { ...visits, members: site.world.rooms.flatMap(({ members: [first] }) => site.world.members[first]) };
    const tasks = { connect: ['connect', byRoom], 'connect, join, last page': ['join', byRoom] };
    const results = await report('visit', site, { tasks, heading: 'visit: 50 rooms of 20 members and 1,000 messages; 1,000 visits, 8 at a time; statements include the clock\'s' }, options);
    const each = (title) => results[title].map(({ usEach }) => usEach);
    const more = each('connect, join, last page').map((us, i) => us - each('connect')[i]);
    console.log(`joining with the last page, beyond connecting: ${show(more)} µs CPU`);
  });
}

/** 50 rooms for each of 20 people, two new messages in every one of them. */
export async function sync50(options) {
  await withServer({ world: { rooms: 50, members: 20, people: 20 }, stored: 1000, hooked: true }, async (site) => {
    const two = await positions(site.database.client, site.world, 2);
    const none = await positions(site.database.client, site.world, 0);
    const task = (have, expected) => ['sync', { ...site.world, have, expected, count: 400, atOnce: 8 }];
    await report('sync50', site, {
      tasks: { 'nothing missed': task(none, 0), 'two messages missed in each': task(two, 100) },
      heading: 'sync50: 50 rooms, each with 20 members and 1,000 messages; 400 syncs on 20 connections, 8 at a time; statements include the connecting',
    }, options);
  });
}

/** A room in which everybody is, beside one of twenty: to come into either, and to be told of it for the first time. */
export async function lobby(options) {
  await withServer({ world: { rooms: 1000, members: 20 }, stored: 15, hooked: true }, async (site) => {
    const { rows: [{ id }] } = await site.database.client.query(`SELECT id FROM rooms WHERE slug = 'lobby'`);
    await seedMessages(site.database.client, [id], 15);
    const { rooms } = site.world;
    const firsts = rooms.map(({ members: [first] }) => site.world.members[first]);
    const visits = { members: firsts, count: 500, atOnce: 8 };
    const few = firsts.slice(0, 20);
    await report('lobby', site, {
      tasks: {
        'join, of 20 members': ['join', { ...visits, rooms }],
        'join, of 20,000 members': ['join', { ...visits, rooms: [{ id }] }],
        'sync of a new device': ['sync', { members: few, have: few.map(() => ({})), expected: 30, count: 200, atOnce: 8 }],
      },
      heading: 'lobby: 1,000 rooms of 20 members, and one with all 20,000; connecting, joining and the last page, and the first sync of somebody who is in one of each; statements include the clock\'s',
    }, options);
  });
}

const crowd = 2000;

/** 2,000 sockets connect; then the server is killed, and all of them come back and catch up. */
export async function storm({ rounds, folder }) {
  await withServer({ world: { rooms: 100, members: 20 }, stored: 100 }, async (site) => {
    const have = await positions(site.database.client, site.world, 0);
    const runs = [];
    for (let round = 1; round <= rounds; round += 1) {
      process.stderr.write(`round ${round} of ${rounds}: `);
      const { result: gathered, cpu } = await cpuWhile(site, () => site.fleet.ask('gather', { url: site.server.url, ...site.world, atOnce: 50 }));
      const back = await killed(site, have);
      await site.fleet.ask('scatter');
      runs.push({ connectsPerSecond: crowd / gathered.seconds, usOfConnect: (cpu.server + cpu.postgres) / crowd, ...back });
      process.stderr.write(`${runs.at(-1).connectsPerSecond.toFixed(0)} connects a second; all back ${back.secondsToReturn.toFixed(1)} s after the new server was ready\n`);
    }
    const of = (key, digits) => show(runs.map((run) => run[key]), digits);
    console.log(`storm: ${crowd} sockets in 100 rooms of 20; kill -9; everybody tries again after 0.1 to 1 s, then syncs; medians of ${rounds} (lowest–highest)`);
    console.log(`connecting, 50 at a time:      ${of('connectsPerSecond')} a second, ${of('usOfConnect')} µs CPU each`);
    console.log(`the new server is ready after: ${of('secondsDown', 1)} s`);
    console.log(`all are back and have synced:  ${of('secondsToReturn', 1)} s later, ${of('usOfReturn')} µs CPU each, ${of('triesEach', 1)} tries each`);
    console.log(`back in a second:              ${median(runs.map(({ secondsToReturn }) => crowd / secondsToReturn)).toFixed(0)}`);
    record(resultsFile(folder, 'storm'), { workload: 'storm', sockets: crowd }, { ours: runs });
  });
}

async function killed(site, have) {
  const { port } = new URL(site.server.url);
  const killedAt = performance.now();
  site.server.kill();
  const returning = site.fleet.ask('comeBack', { url: site.server.url, ...site.world, have });
  site.server = await systems.ours.start(site.database.url, { env: { PORT: port } });
  const readyAt = performance.now();
  const { result, cpu } = await cpuWhile(site, () => returning);
  return {
    secondsDown: (readyAt - killedAt) / 1000, secondsToReturn: (performance.now() - readyAt) / 1000,
    usOfReturn: (cpu.server + cpu.postgres) / crowd, triesEach: result.tries / crowd,
  };
}
