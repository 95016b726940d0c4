// Ids in capital letters mean the same people, rooms and messages: at REST, at sockets, and for what follows from a request.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Chatter;
let bob: Chatter;

const capitals = (text: string): string => text.toUpperCase();

beforeAll(async () => {
  server = await startServer();
  alice = await newChatter(server, 'alice');
  bob = await newChatter(server, 'bob');
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

async function room(memberIds: string[] = [bob.id]): Promise<string> {
  const { status, body } = await alice.person.post('/rooms', { name: 'Tea', kind: 'public', memberIds });
  expect(status).toBe(201);
  if (memberIds.length > 0) await bob.next('room_added', ({ roomId }) => roomId === body.id);
  return body.id as string;
}

it.each([['kicked', '', 'removed'], ['banned', '?ban=true', 'banned']])('ends the live stream of somebody who is %s', async (_, query, reason) => {
  const roomId = await room();
  expect((await alice.person.delete(`/rooms/${capitals(roomId)}/members/${capitals(bob.id)}${query}`)).status).toBe(204);
  expect(await bob.next('room_removed', (push) => push.roomId === roomId)).toMatchObject({ reason });
  await alice.ask('new_message', { roomId, clientId: id(), text: 'not for bob' });
  const other = await room();
  await alice.ask('new_message', { roomId: other, clientId: id(), text: 'for bob' });
  await bob.next('new_message', (message) => message.roomId === other);
  expect(bob.all('new_message', roomId)).toEqual([]);
});

it('brings people in who then hear the room', async () => {
  const roomId = await room([]);
  expect((await alice.person.post(`/rooms/${roomId}/members`, { userId: capitals(bob.id) })).body.userId).toBe(bob.id);
  await bob.next('room_added', (push) => push.roomId === roomId);
  await alice.ask('new_message', { roomId: capitals(roomId), clientId: id(), text: 'welcome' });
  await bob.next('new_message', (message) => message.roomId === roomId);
});

it('keeps the last administrator, and an administrator from acting upon themselves', async () => {
  for (const [path, body] of [['role', { role: 'user' }], ['disabled', { disabled: true }]] as const) {
    const small = await alice.person.put(`/users/${alice.id}/${path}`, body);
    const large = await alice.person.put(`/users/${capitals(alice.id)}/${path}`, body);
    expect(small.status).toBeGreaterThanOrEqual(400);
    expect([large.status, large.body.code]).toEqual([small.status, small.body.code]);
  }
});

it('makes rooms and private chats with the people who are meant', async () => {
  const made = await alice.person.post('/rooms', { name: 'Cake', kind: 'private', memberIds: [capitals(bob.id), capitals(alice.id)] });
  expect(made.status).toBe(201);
  expect((await alice.person.get(`/rooms/${made.body.id}/members`)).body.total).toBe(2);
  const twice = await alice.person.post('/rooms', { name: 'Cake', kind: 'private', memberIds: [bob.id, capitals(bob.id)] });
  expect([twice.status, twice.body.code]).toEqual([422, 'invalid_input']);
  const first = await alice.person.put(`/dms/${capitals(bob.id)}`);
  expect(first.status).toBe(201);
  expect((await bob.person.put(`/dms/${alice.id}`)).body.room.id).toBe(first.body.room.id);
  expect((await alice.person.put(`/dms/${capitals(alice.id)}`)).status).toBe(422);
});

it('knows a message and its repetition', async () => {
  const roomId = await room();
  const clientId = id();
  const { message } = await alice.ask('new_message', { roomId: capitals(roomId), clientId: capitals(clientId), text: 'once' });
  expect(message).toMatchObject({ roomId, clientId });
  expect(await alice.ask('new_message', { roomId, clientId, text: 'once' })).toMatchObject({ duplicate: true, message: { id: message.id } });
  expect((await alice.ask('edit_message', { messageId: capitals(message.id), text: 'again' })).message.text).toBe('again');
  const key = await fetch(`${server.url}/api/v1/rooms/${capitals(roomId)}/messages`, {
    method: 'POST', body: JSON.stringify({ text: 'once', clientId }),
    headers: { authorization: `Bearer ${alice.person.accessToken}`, 'content-type': 'application/json', 'idempotency-key': capitals(clientId) },
  });
  expect(key.status).toBe(200);
});

it('shows and stops typing, and syncs, in the room that is meant', async () => {
  const roomId = await room();
  await bob.ask('typing', { roomId: capitals(roomId), typing: true });
  expect(await alice.next('typing', (push) => push.roomId === roomId)).toMatchObject({ userId: bob.id, typing: true });
  await bob.ask('look', { roomId: capitals(roomId), looking: true });
  const late = await connect(server, bob.person);
  const { rooms } = await late.ask('sync', {});
  const { epoch, rev } = rooms.find((one) => one.room.id === roomId)!.position;
  const again = await late.ask('sync', { rooms: { [capitals(roomId)]: { epoch: capitals(epoch), rev } } });
  expect(again.left).toEqual([]);
  expect(again.rooms.find((one) => one.room.id === roomId)?.reset).toBeUndefined();
  expect((await late.ask('sync', { rooms: { [capitals(id())]: { epoch, rev: 0 } } })).left).toHaveLength(1);
});
