import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Message } from '../../src/contract/message.dto.js';
import type { MyRoom, MyRooms, Room } from '../../src/contract/room.dto.js';
import type { RoomChanges, SyncDto, SyncReply } from '../../src/contract/sync.dto.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { differences, freshState, provesSync, Replica } from '../setup/replica.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Chatter;
let bob: Chatter;

beforeAll(async () => {
  server = await startServer();
  [alice, bob] = [await newChatter(server, 'alice'), await newChatter(server, 'bob')];
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

const send = async (who: Chatter, roomId: string, text = 'hello'): Promise<Message> => (await who.ask('new_message', { roomId, clientId: id(), text })).message;

async function roomOf(kind: 'public' | 'private', ...others: Chatter[]): Promise<Room> {
  return (await alice.person.post<Room>('/rooms', { name: 'Room', kind, memberIds: others.map((other) => other.id) })).body;
}

/** What bob is told of one room. */
async function told(roomId: string, body: SyncDto = {}): Promise<RoomChanges | undefined> {
  return (await bob.ask('sync', body)).rooms.find(({ room }) => room.id === roomId);
}

async function position(roomId: string): Promise<{ epoch: string; rev: number }> {
  const { epoch, rev } = (await alice.person.get<Room>(`/rooms/${roomId}`)).body.position;
  return { epoch, rev };
}

describe('what was missed', () => {
  it('comes once, in its last state, oldest change first', async () => {
    const room = await roomOf('private', bob);
    const [first, second, third] = [await send(alice, room.id, 'first'), await send(alice, room.id, 'second'), await send(alice, room.id, 'third')];
    const have = await position(room.id);
    const fourth = await send(alice, room.id, 'fourth');
    await alice.ask('edit_message', { messageId: first.id, text: 'first, better' });
    await alice.ask('edit_message', { messageId: first.id, text: 'first, best' });
    await alice.ask('delete_message', { messageId: second.id });
    await bob.ask('add_reaction', { messageId: third.id, emoji: '👍' });
    await alice.person.patch(`/rooms/${room.id}/members/${bob.id}`, { role: 'moderator' });
    await alice.person.patch(`/rooms/${room.id}`, { name: 'Renamed' });
    const changes = await told(room.id, { rooms: { [room.id]: have } });
    expect(changes).toMatchObject({ from: have.rev, to: have.rev + 7, hasMore: false, room: { name: 'Renamed' }, members: [{ userId: bob.id, role: 'moderator' }], unread: 3 });
    expect(changes).not.toHaveProperty('reset');
    expect(changes?.messages.map(({ id: of, text }) => [of, text])).toEqual([[fourth.id, 'fourth'], [first.id, 'first, best'], [second.id, null], [third.id, 'third']]);
    expect(changes?.messages.at(-1)?.reactions).toEqual([{ emoji: '👍', count: 1, userIds: [bob.id] }]);
  });

  it('is nothing when nothing was missed', async () => {
    const room = await roomOf('private', bob);
    const have = await position(room.id);
    expect(await told(room.id, { rooms: { [room.id]: have } })).toMatchObject({ from: have.rev, to: have.rev, hasMore: false, messages: [], members: [] });
  });

  it.each([1, 2, 7, 1000])('converges when asked for %i changes at a time', async (limit) => {
    const room = await roomOf('public', bob);
    const replica = new Replica(bob.person, limit);
    await replica.resume(await connect(server, bob.person));
    replica.drop();
    const carol = await newChatter(server, `carol${limit}`);
    await carol.ask('join_room', { room: room.id });
    for (let i = 0; i < 20; i += 1) await send(carol, room.id, `${i}`);
    await carol.person.post(`/rooms/${room.id}/leave`);
    await alice.person.patch(`/rooms/${room.id}`, { topic: 'after all that' });
    await replica.resume(await connect(server, bob.person));
    expect(differences(replica.shown(), await freshState(bob.person))).toEqual([]);
    replica.drop();
  });

  it('says no more than it was asked for, leaves no hole, and tells when there is more', async () => {
    const room = await roomOf('private', bob);
    const have = await position(room.id);
    for (let i = 0; i < 5; i += 1) await send(alice, room.id);
    const page = await told(room.id, { rooms: { [room.id]: have }, limit: 2 });
    expect(page).toMatchObject({ to: have.rev + 2, hasMore: true, position: { rev: have.rev + 5 } });
    expect(page?.messages.map(({ rev }) => rev)).toEqual([have.rev + 1, have.rev + 2]);
    const exactly = await told(room.id, { rooms: { [room.id]: { ...have, rev: have.rev + 3 } }, limit: 2 });
    expect(exactly).toMatchObject({ to: have.rev + 5, hasMore: false });
  });

  it('shows each room as the list of rooms does', async () => {
    const [busy, closed, silent] = [await roomOf('private', bob), await roomOf('public', bob), await roomOf('public', bob)];
    const { seq } = await send(alice, busy.id, 'a "word" for all,\t🎈');
    await bob.ask('mark_read', { roomId: busy.id, seq });
    const last = (await alice.ask('new_message', { roomId: busy.id, clientId: id(), text: 'an answer', replyTo: seq })).message;
    await alice.ask('edit_message', { messageId: last.id, text: 'a better answer' });
    await bob.person.put(`/messages/${last.id}/reactions/${encodeURIComponent('👍')}`);
    const pair = (await alice.person.put<MyRoom>(`/dms/${bob.id}`)).body.room;
    await send(alice, pair.id);
    await alice.person.delete(`/messages/${(await send(alice, pair.id, 'gone')).id}`);
    await alice.person.delete(`/rooms/${closed.id}`);

    const { rooms } = await bob.ask('sync', {});
    const shown = rooms.map(({ room, membership, readSeq, unread, lastMessage }) => ({ room, membership, readSeq, unread, lastMessage }));
    const listed = (await bob.person.get<MyRooms>('/rooms')).body.rooms;
    expect(new Map(shown.map((one) => [one.room.id, one]))).toEqual(new Map(listed.map((one) => [one.room.id, one])));
    const of = ({ id: roomId }: Room) => shown.find(({ room }) => room.id === roomId);
    expect(of(busy)).toMatchObject({ unread: 1, lastMessage: { text: 'a better answer', replyTo: seq, editedAt: expect.any(String), reactions: [{ emoji: '👍' }] } });
    expect(of(pair)).toMatchObject({ room: { kind: 'direct', userIds: expect.arrayContaining([alice.id, bob.id]) }, unread: 1, lastMessage: { text: null, deletedAt: expect.any(String) } });
    expect(of(closed)?.room.archivedAt).toEqual(expect.any(String));
    expect(of(silent)).toMatchObject({ room: { lastMessageAt: null }, lastMessage: null, unread: 0 });
  });

  it('answers over REST what it answers over a socket', async () => {
    const room = await roomOf('private', bob);
    const have = await position(room.id);
    await send(alice, room.id);
    for (const body of [{}, { rooms: { [room.id]: have, [id()]: have } }, { rooms: { [room.id]: { ...have, rev: 10_000 } }, limit: 3 }]) {
      expect((await bob.person.post<SyncReply>('/sync', body)).body).toEqual(await bob.ask('sync', body));
    }
  });
});

describe('where there is nothing to go on from', () => {
  it('starts a room anew that the client does not know, with its newest page', async () => {
    const room = await roomOf('private', bob);
    for (let i = 0; i < 60; i += 1) await send(alice, room.id);
    const changes = await told(room.id);
    expect(changes).toMatchObject({ reset: 'new', from: 0, to: 62, hasMore: false, unread: 60, readSeq: 0 });
    expect(changes?.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => i + 11));
    expect(changes?.members.map(({ userId }) => userId).sort()).toEqual([alice.id, bob.id].sort());
  });

  it.each([['an epoch that is not the room’s', () => ({ epoch: id() })], ['a revision that the room has not reached', () => ({ rev: 999 })]])('starts anew after %s', async (_, other) => {
    const room = await roomOf('private', bob);
    const { id: last } = await send(alice, room.id);
    const changes = await told(room.id, { rooms: { [room.id]: { ...(await position(room.id)), ...other() } } });
    expect(changes).toMatchObject({ reset: 'epoch', from: 0, hasMore: false, messages: [{ id: last }], position: await position(room.id) });
  });

  it('makes a client forget what was lost with a backup', async () => {
    const room = await roomOf('private', bob);
    const replica = new Replica(bob.person);
    for (let i = 0; i < 5; i += 1) await send(alice, room.id);
    await replica.resume(await connect(server, bob.person));
    replica.drop();
    await server.db.query('DELETE FROM messages WHERE room_id = $1 AND seq > 3', [room.id]);
    await server.db.query('UPDATE memberships SET read_seq = least(read_seq, 3) WHERE room_id = $1', [room.id]);
    await server.db.query('UPDATE rooms SET last_seq = 3, rev = 5, epoch = $2, last_message_at = (SELECT max(created_at) FROM messages WHERE room_id = $1) WHERE id = $1', [room.id, id()]);
    await replica.resume(await connect(server, bob.person));
    expect(differences(replica.shown(), await freshState(bob.person))).toEqual([]);
    replica.drop();
  });
});

describe('rooms that come and go', () => {
  it('names those that I am no longer in, and none that I cannot know', async () => {
    const [left, hidden] = [await roomOf('public', bob), await roomOf('private')];
    const rooms = { [left.id]: await position(left.id), [hidden.id]: await position(hidden.id) };
    await alice.person.delete(`/rooms/${left.id}/members/${bob.id}`);
    await send(alice, hidden.id, 'secret');
    const reply = await bob.ask('sync', { rooms });
    expect(reply.left.sort()).toEqual([left.id, hidden.id].sort());
    expect(reply.rooms.map(({ room }) => room.id)).not.toContain(left.id);
    expect(JSON.stringify(reply.rooms)).not.toContain(hidden.id);
  });

  it('goes on in a room to which I came back, with what was said while I was out', async () => {
    const room = await roomOf('private', bob);
    const have = await position(room.id);
    await alice.person.delete(`/rooms/${room.id}/members/${bob.id}?ban=true`);
    const { id: meanwhile } = await send(alice, room.id);
    await alice.person.post(`/rooms/${room.id}/members`, { userId: bob.id });
    const changes = await told(room.id, { rooms: { [room.id]: have } });
    expect(changes).toMatchObject({ from: have.rev, to: have.rev + 3, messages: [{ id: meanwhile }], members: [{ userId: bob.id, leftAt: null, bannedAt: null }], unread: 0 });
  });
});

describe('pushes alone', () => {
  it('bring everybody from the old state to the fresh one', async () => {
    const room = await roomOf('public', bob);
    await provesSync([alice, bob], async () => {
      const { id: messageId } = await send(alice, room.id);
      await bob.ask('add_reaction', { messageId, emoji: '🎉' });
      await alice.ask('edit_message', { messageId, text: 'edited' });
      await bob.ask('mark_read', { roomId: room.id, seq: 1 });
      await bob.ask('remove_reaction', { messageId, emoji: '🎉' });
      await (await newChatter(server, 'dora')).ask('join_room', { room: room.id });
      await alice.person.patch(`/rooms/${room.id}/members/${bob.id}`, { role: 'moderator' });
      await alice.person.patch(`/rooms/${room.id}`, { name: 'New name' });
      await alice.ask('delete_message', { messageId });
      await alice.person.put(`/dms/${bob.id}`);
      await bob.person.post(`/rooms/${room.id}/leave`);
    });
  });

  it('would not, were one of them missing', async () => {
    const room = await roomOf('public', bob);
    const { id: messageId } = await send(alice, room.id);
    const work = () => server.db.query(`UPDATE messages SET text = 'changed behind the back' WHERE id = $1`, [messageId]);
    await expect(provesSync(bob, work)).rejects.toThrow('is not the fresh state');
  });
});
