// The beat that says where rooms stand: to whom, how often, and what it asks the database. Here it comes when the test wants it.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { RequestReply } from '../../src/contract/events.js';
import { Heads } from '../../src/gateway/heads.js';
import { Broadcaster } from '../../src/realtime/broadcaster.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { addRooms, sayInAll } from '../setup/many-rooms.js';
import { startServer, type TestServer } from '../setup/server.js';
import { allStatementsDuring } from '../setup/statements.js';

let server: TestServer;
let heads: { beat(): Promise<void>; known: Map<string, unknown> };
let alice: Chatter;
let bob: Chatter;
let roomId: string;
let n = 0;

beforeAll(async () => {
  server = await startServer();
  await server.app.get(Heads).onApplicationShutdown(); // No beats of its own.
  heads = server.app.get<Heads, typeof heads>(Heads);
});
beforeEach(async () => {
  [alice, bob] = [await newChatter(server, `alice${(n += 1)}`), await newChatter(server, `bob${n}`)];
  roomId = (await alice.ask('join_room', { room: `room-${n}`, create: true })).room.id;
  await bob.ask('join_room', { room: `room-${n}` });
});
afterEach(() => { disconnectAll(); });
afterAll(() => server.close());

const say = (text: string): Promise<RequestReply<'new_message'>> => alice.ask('new_message', { roomId, clientId: id(), text });

/** What the next beats tell of the room, one after the other. */
async function told(beats: number): Promise<unknown[]> {
  const news: unknown[] = [];
  for (let beat = 0; beat < beats; beat += 1) {
    const before = bob.all('head', roomId).length;
    await heads.beat();
    await bob.ask('fetch_messages', { roomId });
    news.push(bob.all('head', roomId)[before] ?? null);
  }
  return news;
}

const asked = async (): Promise<boolean> => (await allStatementsDuring(() => heads.beat())).some((sql) => sql.includes('AS known(id, rev)'));

it('tells a room that fell silent where it stands, for a minute', async () => {
  const { message: { seq, rev } } = await say('the last word');
  const head = { roomId, seq, rev };
  expect(await told(9)).toEqual([null, head, head, head, head, head, head, null, null]);
  const { message: after } = await say('after all');
  expect(await told(2)).toEqual([null, { roomId, seq: after.seq, rev: after.rev }]);
});

it('tells at once of a change that was not announced here', async () => {
  const { message: { seq, rev } } = await say('hello');
  await told(8);
  await server.db.query('UPDATE rooms SET rev = rev + 1 WHERE id = $1', [roomId]);
  expect(await told(1)).toEqual([{ roomId, seq, rev: rev + 1 }]);
});

it('tells of one that was lost behind an announced one when the next beat finds the room silent', async () => {
  const { message: { seq, rev } } = await say('hello');
  await server.db.query('UPDATE rooms SET rev = rev + 1 WHERE id = $1', [roomId]);
  expect(await told(2)).toEqual([null, { roomId, seq, rev: rev + 1 }]);
});

it('does not ask the database about rooms in which something is said', async () => {
  alice.leave();
  bob.leave();
  const carol = await newChatter(server, `carol${(n += 1)}`);
  await carol.ask('join_room', { room: `alone-${n}`, create: true });
  // Of all rooms, the lobby included, in which she is.
  const everywhere = async (): Promise<void> => { for (const { room: { id: of } } of (await carol.ask('sync', {})).rooms) await carol.ask('new_message', { roomId: of, clientId: id(), text: 'hello' }); };
  await everywhere();
  await heads.beat();
  await everywhere();
  expect(await asked()).toBe(false);
  expect(await asked()).toBe(true);
});

it('lets others have their turn while it tells of thousands of rooms', async () => {
  const each = 450;
  for (let i = 0; i < 6; i += 1) {
    const { person } = await newChatter(server, `dan${(n += 1)}`);
    await addRooms(server, person.user.id, each);
    await connect(server, person);
  }
  await heads.beat(); // Who has just come has just asked.
  const inTurns = [0];
  const { here } = server.app.get(Broadcaster);
  const toRoom = here.toRoom.bind(here);
  here.toRoom = (...args) => { inTurns[inTurns.length - 1] += 1; toRoom(...args); };
  let turns = setImmediate(function next() { inTurns.push(0); turns = setImmediate(next); });
  await heads.beat();
  clearImmediate(turns);
  delete (here as Partial<typeof here>).toRoom;
  expect(inTurns.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(6 * each);
  expect(Math.max(...inTurns)).toBeLessThanOrEqual(1000 + 1); // The last of a thousand is noticed at the end of its turn, which may count as the next.
});

it('tells a socket of at most 500 rooms at once, the latest first, and once of those that are new here and old', async () => {
  const { person } = await newChatter(server, `eve${(n += 1)}`);
  const old = await addRooms(server, person.user.id, 1200);
  await server.db.query(`UPDATE rooms SET last_message_at = last_message_at - interval '1 day' WHERE id = ANY($1::uuid[])`, [old]);
  const [missed = '', edited = '', ...others] = old;
  await sayInAll(server, alice.id, [missed], { text: 'missed', times: 1 });
  const eve = await connect(server, person);
  const beat = async (): Promise<string[]> => {
    const before = eve.all('head').length;
    await heads.beat();
    await eve.ask('fetch_messages', { roomId: missed });
    return eve.all('head').slice(before).map((head) => head.roomId);
  };
  await beat(); // Who has just come has just asked.
  const first = await beat();
  expect([first.length, first.includes(missed)]).toEqual([500, true]);
  await server.db.query('UPDATE rooms SET rev = rev + 1 WHERE id = $1', [edited]);
  const second = await beat();
  expect([second.length, second.slice(0, 3).includes(edited)]).toEqual([500, true]);
  const all = [...first, ...second, ...await beat(), ...await beat()];
  expect(others.filter((id) => all.filter((head) => head === id).length !== 1)).toEqual([]);
}, 60_000);

it('forgets rooms that nobody hears', async () => {
  await heads.beat();
  expect(heads.known.has(`room:${roomId}`)).toBe(true);
  await alice.ask('leave_room', { roomId });
  await bob.ask('leave_room', { roomId });
  await heads.beat();
  expect(heads.known.has(`room:${roomId}`)).toBe(false);
});
