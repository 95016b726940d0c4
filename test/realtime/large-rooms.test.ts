// Who comes and goes in a room with many members, told only to those who watch them.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { pauseBetweenCounts } from '../../src/gateway/viewers.js';
import { RoomSizes } from '../../src/rooms/room-sizes.service.js';
import { connect, disconnectAll, newChatter, type Chatter } from '../setup/chatters.js';
import { addCrowd } from '../setup/crowd.js';
import { newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { until } from '../setup/until.js';

const digestMs = 3000;
let server: TestServer;
let n = 0;

let usual: TestServer;

beforeAll(async () => { [server, usual] = await Promise.all([startServer({ PRESENCE_ROOM_SIZE: '0' }), startServer()]); });
afterEach(() => { disconnectAll(); });
afterAll(() => Promise.all([server.close(), usual.close()]));

const chatters = (...names: string[]): Promise<Chatter[]> => chattersOf(server, ...names);
const chattersOf = (at: TestServer, ...names: string[]): Promise<Chatter[]> => Promise.all(names.map((name) => newChatter(at, `${name}${(n += 1)}`)));
const people = (count: number): Promise<Person[]> => Promise.all(Array.from({ length: count }, () => newPerson(server, `guest${(n += 1)}`)));
const told = (who: Chatter, userId: string): boolean[] => who.all('presence').filter((news) => news.userId === userId).map(({ online }) => online);
const digested = (who: Chatter, userId: string): boolean[] => who.all('presence_digest').flatMap((digest) => digest.people).filter((news) => news.userId === userId).map(({ online }) => online);

/** All of them look at one room. */
async function inARoom(...all: Chatter[]): Promise<string> {
  const slug = `large-${(n += 1)}`;
  const { room } = await all[0].ask('join_room', { room: slug, create: true });
  for (const one of all.slice(1)) await one.ask('join_room', { room: slug });
  return room.id;
}

describe('in a room with more members than the setting says', () => {
  it('that grows beyond it, presence is pushed to its viewers no more', async () => {
    const [alice, bob] = await chattersOf(usual, 'alice', 'bob');
    const { room } = await alice.ask('join_room', { room: `grows-${(n += 1)}`, create: true });
    const sizes = usual.app.get(RoomSizes);
    expect(await sizes.smallAmong(new Set([room.id]))).toEqual(new Set([room.id]));
    await addCrowd(usual, room.id, 99);
    await until(async () => (await sizes.smallAmong(new Set([room.id]))).size === 1);
    await bob.ask('join_room', { room: room.id });
    await until(async () => (await sizes.smallAmong(new Set([room.id]))).size === 0);
  });

  it('presence is pushed to nobody who does not watch, and in a digest to who does', async () => {
    const [alice, bob, carol, dave] = await chatters('alice', 'bob', 'carol', 'dave');
    await inARoom(alice, bob, carol, dave);
    expect((await carol.ask('watch_presence', { userIds: [alice.id] })).people).toEqual([{ userId: alice.id, online: true, lastSeenAt: null }]);
    alice.leave();
    await until(() => digested(carol, alice.id).at(-1) === false);
    const back = await connect(server, alice.person);
    await until(() => digested(carol, alice.id).at(-1) === true);
    expect([told(bob, back.id), told(carol, back.id), digested(bob, back.id)]).toEqual([[], [], []]);
  });

  it('however many arrive, nobody is pushed more than a digest in three seconds', async () => {
    const [alice, bob, carol, dave] = await chatters('alice', 'bob', 'carol', 'dave');
    const room = await inARoom(alice, bob, carol, dave);
    const guests = await people(12);
    for (const guest of guests) await guest.post(`/rooms/${room}/join`);
    const began = Date.now();
    await alice.ask('watch_presence', { userIds: guests.map(({ user }) => user.id) });
    for (const guest of guests) await (await connect(server, guest)).ask('join_room', { room });
    await until(() => guests.every(({ user }) => digested(alice, user.id).includes(true) || told(alice, user.id).includes(true)));
    expect(alice.all('presence').filter(({ userId }) => guests.some(({ user }) => user.id === userId))).toEqual([]);
    expect(alice.all('presence_digest').length).toBeLessThanOrEqual(1 + (Date.now() - began) / digestMs);
    expect([...bob.all('presence'), ...bob.all('presence_digest')].filter((news) => 'userId' in news && guests.some(({ user }) => user.id === news.userId))).toEqual([]);
  });
});

it('in a small room presence is pushed as ever, once, also to who watches', async () => {
  const [alice, bob, carol] = await chattersOf(usual, 'alice', 'bob', 'carol');
  await inARoom(alice, bob);
  for (const who of [bob, carol]) await who.ask('watch_presence', { userIds: [alice.id] });
  bob.forget();
  alice.leave();
  expect(await bob.next('presence', ({ userId, online }) => userId === alice.id && !online)).toMatchObject({ lastSeenAt: expect.any(String) });
  await until(() => digested(carol, alice.id).at(-1) === false);
  expect(digested(bob, alice.id)).toEqual([]);
});

describe('watch_presence', () => {
  it('answers how they are, without those whom nobody knows, and forgets those before', async () => {
    const [alice] = await chatters('alice');
    const [bob, carol] = await people(2);
    const ask = async (...ids: string[]) => (await alice.ask('watch_presence', { userIds: ids })).people;
    expect((await ask(bob.user.id, crypto.randomUUID(), alice.id.toUpperCase())).map(({ userId }) => userId)).toEqual([bob.user.id, alice.id]);
    await ask(carol.user.id);
    for (const person of [bob, carol]) await connect(server, person);
    await until(() => digested(alice, carol.user.id).includes(true));
    expect(digested(alice, bob.user.id)).toEqual([]);
    expect(await ask()).toEqual([]);
  });

  it('takes two hundred at most, and nothing but ids', async () => {
    const [alice] = await chatters('alice');
    const ids = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());
    expect((await alice.ask('watch_presence', { userIds: ids(200) })).people).toEqual([]);
    for (const userIds of [ids(201), ['alice'], [null], 'alice', undefined]) expect((await alice.refused('watch_presence', { userIds })).code).toBe('invalid_input');
  });
});

it('how many look at a room is counted less often the more sockets are told', () => {
  expect([1, 500, 5000, 50_000].map(pauseBetweenCounts)).toEqual([1000, 1000, 10_000, 100_000]);
  for (const sockets of [600, 7000]) expect((sockets * 1000) / pauseBetweenCounts(sockets)).toBeLessThanOrEqual(500);
});
