import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { SessionList } from '../../src/contract/auth.dto.js';
import type { Room } from '../../src/contract/room.dto.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { newPerson, password, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

// Who loses a session or a room hears nothing from then on: at most a second later on this node, and in truth at once.
// A busy machine may take longer; left to the look-ups that come by themselves, it would take twice as long.
const atOnceMs = 2000;
let server: TestServer;
let alice: Chatter;
let n = 0;

beforeAll(async () => {
  server = await startServer();
  alice = await newChatter(server, 'alice'); // The first one here, and so the admin.
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

async function roomWith(person: Person, kind: 'public' | 'private' = 'public'): Promise<Room> {
  const { body } = await alice.person.post<Room>('/rooms', { name: `Room ${(n += 1)}`, kind, memberIds: [person.user.id] });
  return body;
}

const someone = (): Promise<Person> => newPerson(server, `bob${(n += 1)}`);
const say = (who: Chatter, roomId: string, text = 'hello') => who.ask('new_message', { roomId, clientId: id(), text });

/** Everything that could still leak gets its chance: a message that is delivered to others, and a moment more. */
async function lifeGoesOn(room: Room): Promise<void> {
  const { message } = await say(alice, room.id, 'canary');
  await alice.next('new_message', (heard) => heard.id === message.id);
  await alice.ask('typing', { roomId: room.id, typing: true });
  await pause(100);
}

type End = (bob: Person, elsewhere: Person) => Promise<{ status: number }>;
const ends: [string, string, End][] = [
  ['logout', 'logout', (bob) => bob.post('/auth/logout')],
  ['logout everywhere, said here', 'logout_all', (bob) => bob.post('/auth/logout-all')],
  ['logout everywhere, said elsewhere', 'logout_all', (_, elsewhere) => elsewhere.post('/auth/logout-all')],
  ['the end of this session, said elsewhere', 'ended_by_user', async (bob, elsewhere) => {
    const { sessions } = (await bob.get<SessionList>('/auth/sessions')).body;
    return await elsewhere.delete(`/auth/sessions/${sessions.find(({ current }) => current)?.id ?? ''}`);
  }],
  ['a change of password elsewhere', 'password_changed', (_, elsewhere) => elsewhere.post('/auth/password', { current: password, next: 'another horse entirely' })],
  ['the account being disabled', 'account_disabled', (bob) => alice.person.put(`/users/${bob.user.id}/disabled`, { disabled: true })],
];

describe.each(ends)('%s', (_, reason, end) => {
  it('is told, then cuts the live stream, on every connection of the session', async () => {
    const person = await someone();
    const elsewhere = await person.anotherDevice();
    const room = await roomWith(person);
    const devices = [await connect(server, person), await connect(server, person, ['polling'])];
    await say(alice, room.id);
    await Promise.all(devices.map((bob) => bob.next('new_message')));
    const cut = devices.map((bob) => bob.disconnected());
    expect((await end(person, elsewhere)).status).toBeLessThan(300);
    const began = Date.now();
    expect(await Promise.all(cut)).toEqual(['io server disconnect', 'io server disconnect']);
    expect(Date.now() - began).toBeLessThan(atOnceMs);
    for (const bob of devices) expect(bob.heard.at(-1)).toEqual({ name: 'session_revoked', payload: { reason } });
    const heard = devices.map((bob) => bob.heard.length);
    await lifeGoesOn(room);
    expect(devices.map((bob) => bob.heard.length)).toEqual(heard);
    await expect(connect(server, person)).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
  });
});

it('leaves the other sessions alone when one ends, and the own one when the password changes', async () => {
  const person = await someone();
  const elsewhere = await person.anotherDevice();
  const room = await roomWith(person);
  const [here, there] = [await connect(server, person), await connect(server, elsewhere)];
  await elsewhere.post('/auth/password', { current: password, next: 'another horse entirely' });
  await here.disconnected();
  await say(alice, room.id, 'still there?');
  expect(await there.next('new_message')).toMatchObject({ text: 'still there?' });
  expect(there.all('session_revoked')).toEqual([]);
});

it('answers nothing that is asked through a session that ends meanwhile', async () => {
  const person = await someone();
  const room = await roomWith(person);
  const bob = await connect(server, person);
  const asked = Array.from({ length: 20 }, (_, i) => bob.raw('new_message', { roomId: room.id, clientId: id(), text: `${i}` }).catch(() => undefined));
  await person.post('/auth/logout');
  const acked = (await Promise.all(asked)).filter((ack) => ack?.ok === true).length;
  await pause(1500); // What was let in before the end may still be on its way to the disk.
  const stored = await server.db.query('SELECT 1 FROM messages WHERE room_id = $1', [room.id]);
  expect(stored.length).toBeGreaterThanOrEqual(acked);
  await pause(300);
  expect(await server.db.query('SELECT 1 FROM messages WHERE room_id = $1', [room.id])).toHaveLength(stored.length);
});

const removals = [
  { what: 'a kick from a public room', query: '', reason: 'removed', kind: 'public', code: 'not_a_member' },
  { what: 'a ban from a public room', query: '?ban=true', reason: 'banned', kind: 'public', code: 'banned' },
  { what: 'a kick from a private room', query: '', reason: 'removed', kind: 'private', code: 'not_found' },
  { what: 'a ban from a private room', query: '?ban=true', reason: 'banned', kind: 'private', code: 'not_found' },
] as const;

describe.each(removals)('$what', ({ query, reason, kind, code }) => {
  const remove = async (person: Person, room: Room): Promise<void> => {
    expect((await alice.person.delete(`/rooms/${room.id}/members/${person.user.id}${query}`)).status).toBe(204);
  };

  async function expectOut(bob: Chatter, room: Room): Promise<void> {
    await lifeGoesOn(room);
    const after = bob.heard.slice(bob.heard.findIndex(({ name }) => name === 'room_removed') + 1);
    expect(after.filter(({ payload }) => payload.roomId === room.id)).toEqual([]);
    expect((await bob.refused('new_message', { roomId: room.id, clientId: id(), text: 'me too' })).code).toBe(code);
    expect((await bob.person.post(`/rooms/${room.id}/messages`, { text: 'me too' })).body.code).toBe(code);
    expect(await bob.ask('sync', { rooms: { [room.id]: { epoch: room.position.epoch, rev: 0 } } })).toMatchObject({ left: [room.id] });
  }

  it('is told, and ends what is heard of the room, on every connection', async () => {
    const person = await someone();
    const room = await roomWith(person, kind);
    const devices = [await connect(server, person), await connect(server, await person.anotherDevice())];
    if (kind === 'public') await devices[0]?.ask('join_room', { room: room.id });
    await say(alice, room.id);
    await Promise.all(devices.map((bob) => bob.next('new_message')));
    await remove(person, room);
    const began = Date.now();
    for (const bob of devices) expect(await bob.next('room_removed')).toEqual({ roomId: room.id, reason });
    expect(Date.now() - began).toBeLessThan(atOnceMs);
    for (const bob of devices) await expectOut(bob, room);
  });

  it('holds for who was away and comes back', async () => {
    const person = await someone();
    const room = await roomWith(person, kind);
    const before = await connect(server, person);
    before.leave();
    await remove(person, room);
    const bob = await connect(server, person);
    expect((await bob.ask('sync', {})).rooms.map((mine) => mine.room.id)).not.toContain(room.id);
    await expectOut(bob, room);
    expect(bob.heard.filter(({ payload }) => payload.roomId === room.id)).toEqual([]);
  });

  it('holds for who connects, syncs or sends at that very moment', async () => {
    for (let round = 0; round < 8; round += 1) {
      const person = await someone();
      const room = await roomWith(person, kind);
      const there = await connect(server, person);
      const [bob] = await Promise.all([
        connect(server, person),
        pause(Math.random() * 8).then(() => remove(person, room)),
        there.raw('sync', {}),
        there.raw('new_message', { roomId: room.id, clientId: id(), text: 'just before?' }),
      ]);
      const heard = [bob, there].map((who) => who.heard.length);
      const { message } = await say(alice, room.id, 'canary');
      await alice.next('new_message', (one) => one.id === message.id);
      await pause(30);
      for (const [i, who] of [bob, there].entries()) {
        expect(who.heard.filter(({ payload }) => payload.id === message.id)).toEqual([]);
        // Another node delivers what was said before until it, too, has removed them: from then on nothing comes.
        const from = Math.max(heard[i] ?? 0, who.heard.findIndex(({ name }) => name === 'room_removed') + 1);
        expect(who.heard.slice(from).filter(({ name, payload }) => payload.roomId === room.id && name !== 'room_removed')).toEqual([]);
      }
      bob.leave();
      there.leave();
    }
  });
});
