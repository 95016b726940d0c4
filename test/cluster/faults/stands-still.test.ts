// A node that stands still, or that lost its database without a word, must not keep the other one from storing.
// From six seconds on this holds in all rooms: PostgreSQL ends after five what an open transaction of the lost node still locked.
import { afterEach, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '../../../src/contract/message.dto.js';
import { connect, disconnectAll, id, type Chatter } from '../../setup/chatters.js';
import { freshDatabase, type TestDatabase } from '../../setup/database.js';
import { passageTo, type Passage } from '../../setup/frozen.js';
import { newPerson, type Person } from '../../setup/people.js';
import { RedisServer } from '../../setup/redis.js';
import { say, ServerProcess } from '../../setup/server-process.js';

const rooms = 12;
const [graceMs, measuredMs] = [6000, 10_000];
const senders = 6;
const changers = 24;

interface World {
  db: TestDatabase;
  redis: RedisServer;
  passage: Passage;
  /** Its database is behind the passage. */
  faulty: ServerProcess;
  well: ServerProcess;
  people: Person[];
  roomIds: string[];
}

let world: World;
let talking = true;

async function makeWorld(): Promise<World> {
  const [db, redis] = [await freshDatabase(), await RedisServer.start()];
  const passage = await passageTo(db.url);
  const shared = { REDIS_URL: redis.url };
  const faulty = await ServerProcess.in('.', { ...shared, DATABASE_URL: passage.url });
  const well = await ServerProcess.in('.', { ...shared, DATABASE_URL: db.url });
  world = { db, redis, passage, faulty, well, people: [], roomIds: [] };
  await Promise.all([faulty.start(), well.start()]);
  for (let n = 0; n < senders; n += 1) world.people.push(await newPerson(well, `person${n}`));
  for (let n = 0; n < rooms; n += 1) {
    const room = await world.people[0].post('/rooms', { name: `Room ${n}`, kind: 'private', memberIds: world.people.slice(1).map(({ user }) => user.id) });
    world.roomIds.push(room.body.id);
  }
  return world;
}

afterEach(async () => {
  talking = false;
  disconnectAll();
  process.kill(world.faulty.pid, 'SIGCONT');
  await world.faulty.kill();
  await world.well.terminate();
  await world.passage.close();
  await world.redis.stop();
  await world.db.drop();
});

/** Sends, edits and reacts without a break, in one room after the other; what becomes of it does not matter. */
async function change(chatter: Chatter, n: number): Promise<void> {
  const messages: Message[] = [];
  for (const roomId of world.roomIds) messages.push((await chatter.ask('new_message', { roomId, clientId: id(), text: 'to be changed' })).message);
  for (let step = n; talking; step += 1) {
    const { id: messageId, roomId } = messages[step % messages.length];
    const asked = [['edit_message', { messageId, text: `edit ${step}` }], ['add_reaction', { messageId, emoji: '👍' }], ['remove_reaction', { messageId, emoji: '👍' }],
      ['new_message', { roomId, clientId: id(), text: `step ${step}` }]] as const;
    const [name, body] = asked[step % 4];
    await chatter.socket.timeout(20_000).emitWithAck(name, body).catch(() => undefined);
  }
}

interface Outcome { at: number; code: string }

/** Sends at a steady pace, whatever becomes of it, for as long as it is measured. */
async function send(chatter: Chatter, n: number, from: number): Promise<Outcome[]> {
  const under: Promise<Outcome>[] = [];
  for (let step = n; performance.now() - from < graceMs + measuredMs; step += 1) {
    const at = performance.now() - from;
    under.push(chatter.raw('new_message', { roomId: world.roomIds[step % rooms], clientId: id(), text: `send ${step}` })
      .then((ack) => ({ at, code: ack.ok ? 'stored' : ack.error.code }), () => ({ at, code: 'no answer' })));
    await pause(150);
  }
  return await Promise.all(under);
}

/** What of the sends at the well node was stored: in the first seconds, and from then on. */
async function measure(fault: () => void): Promise<void> {
  const { people, faulty, well } = await makeWorld();
  talking = true;
  const there = await Promise.all(Array.from({ length: changers }, (_, n) => connect(faulty, people[n % senders])));
  const here = await Promise.all(people.map((person) => connect(well, person)));
  const changing = Promise.all(there.map(change));
  changing.catch(() => undefined);
  await pause(3000);
  fault();
  const outcomes = (await Promise.all(here.map((chatter, n) => send(chatter, n, performance.now())))).flat();
  talking = false;
  const [early, late] = [outcomes.filter(({ at }) => at < graceMs), outcomes.filter(({ at }) => at >= graceMs)];
  const share = (of: Outcome[]): number => of.filter(({ code }) => code === 'stored').length / of.length;
  say(`stored: ${Math.round(share(early) * 100)} % of ${early.length} in the first ${graceMs / 1000} s, ${Math.round(share(late) * 100)} % of ${late.length} after that`);
  expect(early.length).toBeGreaterThan(senders);
  expect(late.length).toBeGreaterThan(senders);
  expect(share(late)).toBeGreaterThanOrEqual(0.95);
}

it('goes on storing while the other node stands still', async () => {
  await measure(() => { process.kill(world.faulty.pid, 'SIGSTOP'); });
}, 180_000);

it('goes on storing while the other node is cut off from PostgreSQL without a word', async () => {
  await measure(() => { world.passage.freeze(); });
}, 180_000);
