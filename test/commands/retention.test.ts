import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { connect, disconnectAll } from '../setup/chatters.js';
import { outcome } from '../setup/commands.js';
import { newPerson, type Person } from '../setup/people.js';
import { differences, freshState, Replica, unreadOf, wholeHistory } from '../setup/replica.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  server = await startServer();
  [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
});
afterAll(() => server.close());
afterEach(disconnectAll);

/** A room with so many messages, of which the first ones were said long ago. */
async function roomWith(messages: number, old: number): Promise<string> {
  const { body: room } = await alice.post('/rooms', { name: 'Archive', kind: 'private', slug: `archive-${messages}-${old}`, memberIds: [bob.user.id] });
  await alice.post(`/rooms/${room.id}/messages`, { text: 'line 1' });
  await server.db.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT room_id, n, gen_random_uuid(), rev + n - 1, sender_id, gen_random_uuid(), 'line ' || n, n, created_at + n * interval '1 microsecond'
     FROM messages, generate_series(2, $2::int) AS n WHERE room_id = $1 AND seq = 1`, [room.id, messages]);
  await server.db.query(`UPDATE rooms SET last_seq = $2, rev = rev + $2 - 1 WHERE id = $1`, [room.id, messages]);
  await growOld(room.id, old);
  return room.id as string;
}

/** As if the first messages of a room had been said long ago. */
async function growOld(roomId: string, upTo: number): Promise<void> {
  await server.db.query(`UPDATE messages SET created_at = created_at - interval '400 days' WHERE room_id = $1 AND seq <= $2`, [roomId, upTo]);
  await server.db.query(`UPDATE rooms SET last_message_at = (SELECT max(created_at) FROM messages WHERE room_id = $1) WHERE id = $1`, [roomId]);
}

it('removes the texts of old messages: numbers, order and unread counts stay true, and clients catch up', async () => {
  const roomId = await roomWith(12, 7);
  const { body: seventh } = await bob.get(`/rooms/${roomId}/messages?around=7&limit=1`);
  await bob.put(`/messages/${seventh.messages[0].id}/reactions/${encodeURIComponent('\u{1F44D}')}`);
  await bob.put(`/rooms/${roomId}/read`, { seq: 3 });
  const replica = new Replica(bob);
  await replica.resume(await connect(server, bob));
  const first = await outcome(server.db.url, ['retention', '--older-than', '365d', '--dry-run']);
  expect(first).toMatchObject({ messages: 7, rooms: 1, removed: 0 });
  expect((await wholeHistory(bob, roomId)).every(({ text }) => text !== null)).toBe(true);
  expect(await outcome(server.db.url, ['retention', '--older-than', '365d'])).toMatchObject({ messages: 7, removed: 7 });
  const history = await wholeHistory(bob, roomId);
  expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
  expect(history.map(({ text, deletedAt, reactions }) => text === null && deletedAt !== null && reactions.length === 0)).toEqual([...Array<boolean>(7).fill(true), ...Array<boolean>(5).fill(false)]);
  expect(new Set(history.map(({ rev }) => rev)).size).toBe(12);
  await replica.sync();
  expect(differences(replica.shown(), await freshState(bob))).toEqual([]);
  expect((await unreadOf(bob, false))[roomId]).toEqual({ readSeq: 3, unread: 5 });
  expect(await unreadOf(bob, false)).toEqual(await unreadOf(bob, true));
  expect(await outcome(server.db.url, ['retention', '--older-than', '365d'])).toMatchObject({ messages: 0, removed: 0 });
});

it('still knows a message that is sent again', async () => {
  const clientId = crypto.randomUUID();
  const roomId = await roomWith(1, 0);
  await alice.post(`/rooms/${roomId}/messages`, { text: 'once', clientId });
  await growOld(roomId, 2);
  await outcome(server.db.url, ['retention', '--older-than', '365d']);
  const again = await alice.post(`/rooms/${roomId}/messages`, { text: 'once', clientId });
  expect([again.status, again.body.text]).toEqual([200, null]);
});

it('looks at one room only when told so, and begins a new epoch where very much has gone', async () => {
  const [roomId, otherId] = [await roomWith(1300, 1200), await roomWith(3, 3)];
  const replica = new Replica(bob);
  await replica.resume(await connect(server, bob));
  const epochOf = async () => (await bob.get(`/rooms/${roomId}`)).body.position.epoch as string;
  const before = await epochOf();
  expect(await outcome(server.db.url, ['retention', '--older-than', '8760h', '--room', 'archive-1300-1200'])).toMatchObject({ rooms: 1, removed: 1200 });
  expect(await epochOf()).not.toBe(before);
  expect((await wholeHistory(bob, otherId)).every(({ text }) => text !== null)).toBe(true);
  await replica.sync();
  expect(differences(replica.shown(), await freshState(bob))).toEqual([]);
});

it('begins a new epoch in one room or in all, which a connected client learns from the beat', async () => {
  const roomId = await roomWith(2, 0);
  const replica = new Replica(bob);
  const chatter = await connect(server, bob);
  await replica.resume(chatter);
  const before = await freshState(bob);
  expect(await outcome(server.db.url, ['new-epoch', roomId])).toEqual({ rooms: 1 });
  const deadline = Date.now() + 25_000;
  while (replica.shown()[roomId]?.room.position.epoch === before[roomId]?.room.position.epoch) {
    expect(Date.now()).toBeLessThan(deadline);
    await new Promise((done) => { setTimeout(done, 100); });
  }
  expect(differences(replica.shown(), await freshState(bob))).toEqual([]);
  const { rooms } = await outcome<{ rooms: number }>(server.db.url, ['new-epoch']);
  expect(rooms).toBe(Object.keys(before).length);
}, 60_000);
