// What sockets say of people: typing, presence, how many look at a room, who has read what, and where a room stands.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Room } from '../../src/contract/room.dto.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { newPerson } from '../setup/people.js';
import { newsMs, startServer, type TestServer } from '../setup/server.js';
import { until } from '../setup/until.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
let server: TestServer;
let n = 0;

beforeAll(async () => { server = await startServer(); });
afterEach(() => { disconnectAll(); });
afterAll(() => server.close());

const chatters = (...names: string[]): Promise<Chatter[]> => Promise.all(names.map((name) => newChatter(server, `${name}${(n += 1)}`)));

/** All of them look at a room; the first one made it. */
async function inARoom(...people: Chatter[]): Promise<Room> {
  const slug = `live-${(n += 1)}`;
  const { room } = await people[0].ask('join_room', { room: slug, create: true });
  for (const one of people.slice(1)) await one.ask('join_room', { room: slug });
  return room;
}

describe('typing', () => {
  it('is told to the room once a second at most, and when it stops', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const room = await inARoom(alice, bob);
    await Promise.all(Array.from({ length: 10 }, () => alice.ask('typing', { roomId: room.id, typing: true })));
    expect(await bob.next('typing')).toEqual({ roomId: room.id, userId: alice.id, typing: true });
    await alice.ask('typing', { roomId: room.id, typing: false });
    expect(await bob.next('typing')).toEqual({ roomId: room.id, userId: alice.id, typing: false });
    await alice.ask('typing', { roomId: room.id, typing: false });
    expect(bob.all('typing')).toHaveLength(2);
  });

  it('ends by itself after six seconds', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const room = await inARoom(alice, bob);
    await alice.ask('typing', { roomId: room.id, typing: true });
    await bob.next('typing', ({ typing }) => typing);
    const began = Date.now();
    await pause(5000);
    expect(bob.all('typing')).toHaveLength(1);
    await bob.next('typing', ({ typing }) => !typing);
    expect(Date.now() - began).toBeLessThan(12_000);
  });

  it('is refused to strangers and told to none of them', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const { room } = await alice.ask('join_room', { room: `alone-${(n += 1)}`, create: true });
    expect((await bob.refused('typing', { roomId: room.id, typing: true })).code).toBe('not_a_member');
    await alice.ask('typing', { roomId: room.id, typing: true });
    await alice.next('typing');
    expect(bob.all('typing')).toEqual([]);
  });
});

describe('presence', () => {
  it('is told to who looks at the same room, a second later, and to nobody else', async () => {
    const [alice, bob, carol] = await chatters('alice', 'bob', 'carol');
    const room = await inARoom(alice, bob);
    await pause(1500); // so that what was to tell of their coming is told
    const left = Date.now();
    alice.leave();
    expect(await bob.next('presence', ({ userId, online }) => userId === alice.id && !online)).toMatchObject({ lastSeenAt: expect.any(String) });
    expect(Date.now() - left).toBeGreaterThan(800);
    const back = await connect(server, alice.person);
    await back.ask('join_room', { room: room.id });
    expect(await bob.next('presence', ({ userId }) => userId === alice.id)).toMatchObject({ userId: alice.id, online: true });
    expect(carol.all('presence').filter(({ userId }) => userId === alice.id)).toEqual([]);
  });

  it('is told to who shares a private chat', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    expect((await alice.person.put(`/dms/${bob.id}`)).status).toBe(201);
    await pause(1500);
    alice.leave();
    await bob.next('presence', ({ userId, online }) => userId === alice.id && !online);
  });

  it('tells that somebody went also when there was no time to tell that they came', async () => {
    const [bob] = await chatters('bob');
    const alice = await newPerson(server, `alice${(n += 1)}`);
    await alice.put(`/dms/${bob.id}`);
    const there = await connect(server, alice);
    expect((await bob.person.get(`/users/${alice.user.id}`)).body.presence.online).toBe(true);
    there.leave();
    await bob.next('presence', ({ userId, online }) => userId === alice.user.id && !online);
  });

  it('does not flicker when a page is loaded again', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const room = await inARoom(alice, bob);
    await pause(1500);
    alice.leave();
    await pause(50);
    await (await connect(server, alice.person)).ask('join_room', { room: room.id });
    await pause(1500);
    expect(bob.all('presence').filter(({ userId, online }) => userId === alice.id && !online)).toEqual([]);
  });

  it('counts a person as here until the last device has gone', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const phone = await connect(server, await alice.person.anotherDevice());
    const seen = async () => (await bob.person.get(`/users/${alice.id}`)).body.presence.online as boolean;
    expect(await seen()).toBe(true);
    alice.leave();
    await pause(300);
    expect(await seen()).toBe(true);
    phone.leave();
    await until(async () => !(await seen()));
  });

  it('follows a logout at once, and cuts the socket', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    await alice.person.post('/auth/logout');
    await until(async () => !((await bob.person.get(`/users/${alice.id}`)).body.presence.online as boolean), newsMs);
    expect(await alice.disconnected()).toMatch(/already|io server disconnect/);
    expect(alice.all('session_revoked')).toEqual([{ reason: 'logout' }]);
  });

  it('follows a logout of one device only when it was the last', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const phone = await alice.person.anotherDevice();
    await connect(server, phone);
    await phone.post('/auth/logout');
    expect((await bob.person.get(`/users/${alice.id}`)).body.presence.online).toBe(true);
    expect(alice.socket.connected).toBe(true);
  });
});

describe('look', () => {
  it('says that a room is on the screen or not, and I hear it all the same', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const room = await inARoom(alice, bob);
    await alice.next('room_stats', ({ viewers }) => viewers === 2);
    await bob.ask('look', { roomId: room.id, looking: false });
    await alice.next('room_stats', ({ viewers }) => viewers === 1);
    await alice.ask('new_message', { roomId: room.id, clientId: id(), text: 'still there?' });
    expect((await bob.next('new_message')).text).toBe('still there?');
    await bob.ask('look', { roomId: room.id, looking: true });
    await alice.next('room_stats', ({ viewers }) => viewers === 2);
  });
});

describe('room_stats', () => {
  it('counts people, not sockets, and is live for everyone who hears the room', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const { room } = await alice.ask('join_room', { room: `counted-${(n += 1)}`, create: true });
    expect(await alice.next('room_stats')).toEqual({ roomId: room.id, viewers: 1 });
    const window = await connect(server, alice.person);
    await window.ask('join_room', { room: room.id });
    await bob.ask('join_room', { room: room.id });
    expect(await alice.next('room_stats', ({ viewers }) => viewers !== 1)).toEqual({ roomId: room.id, viewers: 2 });
    expect(await bob.next('room_stats', ({ roomId }) => roomId === room.id)).toEqual({ roomId: room.id, viewers: 2 });
    window.leave();
    await pause(1200);
    bob.leave();
    expect(await alice.next('room_stats')).toEqual({ roomId: room.id, viewers: 1 });
    await alice.ask('leave_room', { roomId: room.id });
    await pause(1200);
    expect(alice.all('room_stats', room.id).map(({ viewers }) => viewers)).toEqual([1, 2, 1]);
  });
});

describe('read markers', () => {
  const write = (who: Chatter, roomId: string, text: string) => who.ask('new_message', { roomId, clientId: id(), text });

  it('move on all my devices and, in small rooms, for the others', async () => {
    const [alice, bob] = await chatters('alice', 'bob');
    const phone = await connect(server, await alice.person.anotherDevice());
    const room = await inARoom(alice, bob);
    await write(bob, room.id, 'one');
    await write(bob, room.id, 'two');
    expect(await alice.ask('mark_read', { roomId: room.id, seq: 2 })).toEqual({ readSeq: 2, unread: 0 });
    for (const who of [phone, bob]) expect(await who.next('read')).toEqual({ roomId: room.id, userId: alice.id, readSeq: 2 });
    expect(await alice.ask('mark_read', { roomId: room.id, seq: 1 })).toEqual({ readSeq: 2, unread: 0 });
    expect((await phone.ask('sync', {})).rooms.find((one) => one.room.id === room.id)).toMatchObject({ readSeq: 2, unread: 0 });
    expect(bob.all('read').filter(({ userId }) => userId === alice.id)).toHaveLength(1);
  });

  it.each([[50, 1], [51, 0]])('in a room of %i reach the others %i times', async (size, times) => {
    const [alice, bob] = await chatters('alice', 'bob');
    const phone = await connect(server, await alice.person.anotherDevice());
    const room = await inARoom(alice, bob);
    await server.db.query(
      `INSERT INTO users (id, username, username_key, name, email, email_key, password_hash, search_text) SELECT gen_random_uuid(), k, k, k, k, k, 'x', k FROM (SELECT 'crowd-' || $1 || '-' || g AS k FROM generate_series(1, $2::int) g) t`, [room.id, size - 2],
    ).catch(async () => { for (let i = 2; i < size; i += 1) await newPerson(server, `crowd${(n += 1)}`); });
    const crowd = await server.db.query<{ id: string }>(`SELECT id FROM users WHERE username LIKE 'crowd%' ORDER BY created_at DESC LIMIT $1`, [size - 2]);
    for (const { id: userId } of crowd) expect((await alice.person.post(`/rooms/${room.id}/members`, { userId })).status).toBe(201);
    await write(bob, room.id, 'for all');
    await alice.ask('mark_read', { roomId: room.id, seq: 1 });
    expect(await phone.next('read', ({ userId }) => userId === alice.id)).toMatchObject({ roomId: room.id, readSeq: 1 });
    await write(alice, room.id, 'afterwards');
    await bob.next('new_message', ({ text }) => text === 'afterwards');
    expect(bob.all('read', room.id).filter(({ userId }) => userId === alice.id)).toHaveLength(times);
  }, 60_000);
});

it('says where a room stands while it is silent', async () => {
  const [alice, bob] = await chatters('alice', 'bob');
  const room = await inARoom(alice, bob);
  const { message } = await alice.ask('new_message', { roomId: room.id, clientId: id(), text: 'the last word' });
  let head;
  for (const until = Date.now() + 25_000; head === undefined && Date.now() < until;) head = await bob.next('head', ({ roomId, rev }) => roomId === room.id && rev === message.rev).catch(() => undefined);
  expect(head).toEqual({ roomId: room.id, seq: message.seq, rev: message.rev });
});
