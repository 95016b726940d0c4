import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Message, MessagePage } from '../../src/contract/message.dto.js';
import type { Problem } from '../../src/contract/problem.dto.js';
import type { Room } from '../../src/contract/room.dto.js';
import { disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { nodeCount, startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Chatter;
let bob: Chatter;
let room: Room;
let n = 0;

beforeAll(async () => {
  server = await startServer();
  alice = await newChatter(server, 'alice');
  bob = await newChatter(server, 'bob');
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

async function twoPeopleInARoom(): Promise<Room> {
  const slug = `room-${(n += 1)}`;
  const made = await alice.ask('join_room', { room: slug, create: true });
  await bob.ask('join_room', { room: slug });
  alice.forget();
  bob.forget();
  return made.room;
}

/** Of several nodes one may tell so late that the others have gone on without it; clients put that right. One process never does. */
const inOrderWithinReach = (heard: Message[]): Message[] => (nodeCount > 1 ? [...heard].sort((one, other) => one.seq - other.seq) : heard);

const send = (who: Chatter, text: string, more: object = {}) => who.ask('new_message', { roomId: room.id, clientId: id(), text, ...more });

describe('sending', () => {
  it('stores the message and tells everyone in the room', async () => {
    room = await twoPeopleInARoom();
    const { message, duplicate } = await send(alice, 'hello');
    expect(duplicate).toBe(false);
    expect(message).toMatchObject({ seq: 1, text: 'hello', senderId: alice.id, roomId: room.id, replyTo: null, reactions: [], deletedAt: null });
    expect(await bob.next('new_message')).toEqual(message);
    expect(await alice.next('new_message')).toEqual(message);
    expect((await bob.person.get<MessagePage>(`/rooms/${room.id}/messages`)).body.messages).toEqual([message]);
  });

  it('gives the same message again for the same clientId, and announces it once', async () => {
    const clientId = id();
    const body = { roomId: room.id, clientId, text: 'once' };
    const first = await alice.ask('new_message', body);
    const again = await alice.ask('new_message', body);
    expect(again).toEqual({ message: first.message, duplicate: true });
    const overRest = await alice.person.post<Message>(`/rooms/${room.id}/messages`, { text: 'once', clientId });
    expect([overRest.status, overRest.headers.get('idempotency-replayed'), overRest.body]).toEqual([200, 'true', first.message]);
    expect((await alice.refused('new_message', { ...body, text: 'other' })).code).toBe('idempotency_conflict');
    expect(bob.all('new_message', room.id).filter((message) => message.clientId === clientId)).toHaveLength(1);
  });

  it('recognises a repeated send after an edit and after a delete', async () => {
    const clientId = id();
    const { message } = await alice.ask('new_message', { roomId: room.id, clientId, text: 'first words' });
    await alice.ask('edit_message', { messageId: message.id, text: 'second words' });
    expect((await alice.ask('new_message', { roomId: room.id, clientId, text: 'first words' })).duplicate).toBe(true);
    await alice.ask('delete_message', { messageId: message.id });
    expect((await alice.ask('new_message', { roomId: room.id, clientId, text: 'first words' })).message.deletedAt).not.toBeNull();
  });

  it.each([['public', 'banned'], ['private', 'not_found']])('gives a banned sender in a %s room nothing for an old clientId but "%s"', async (kind, code) => {
    const { body: made } = await alice.person.post('/rooms', { name: 'Of before', kind, memberIds: [bob.id] });
    const again = { roomId: made.id as string, clientId: id(), text: 'before the ban' };
    const { message } = await bob.ask('new_message', again);
    await alice.ask('add_reaction', { messageId: message.id, emoji: '👍' });
    await alice.person.delete(`/rooms/${made.id}/members/${bob.id}?ban=true`);
    const refusals = [await bob.refused('new_message', again), await bob.refused('new_message', { ...again, text: 'other' }), await bob.refused('new_message', { ...again, clientId: id() })];
    expect(refusals.map((refusal) => refusal.code)).toEqual([code, code, code]);
    expect((await bob.person.post(`/rooms/${made.id}/messages`, { clientId: again.clientId, text: again.text })).body.code).toBe(code);
  });

  it('makes one row, one push and 200 equal answers of 200 parallel sends of one id', async () => {
    const clientId = id();
    const body = { text: 'two hundred', clientId };
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => (i % 2 === 0
      ? alice.ask('new_message', { ...body, roomId: room.id }).then(({ message }) => message)
      : alice.person.post<Message>(`/rooms/${room.id}/messages`, body).then((answer) => answer.body))));
    expect(new Set(answers.map((answer) => JSON.stringify(answer, Object.keys(answer).sort()))).size).toBe(1);
    expect(await server.db.query('SELECT 1 FROM messages WHERE client_id = $1', [clientId])).toHaveLength(1);
    await send(bob, 'after them');
    await bob.next('new_message', ({ text }) => text === 'after them');
    expect(bob.all('new_message', room.id).filter((message) => message.clientId === clientId)).toHaveLength(1);
  });

  it('numbers concurrent sends densely, in one order for everybody', async () => {
    room = await twoPeopleInARoom();
    await Promise.all(Array.from({ length: 120 }, (_, i) => send(i % 2 === 0 ? alice : bob, `message ${i}`)));
    await Promise.all([alice, bob].map((who) => who.next('new_message', ({ seq }) => seq === 120)));
    const { messages } = (await alice.person.get<MessagePage>(`/rooms/${room.id}/messages?limit=100&after=0`)).body;
    const rest = (await alice.person.get<MessagePage>(`/rooms/${room.id}/messages?limit=100&after=100`)).body.messages;
    const history = [...messages, ...rest];
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    expect(history.map(({ createdAt }) => createdAt)).toEqual([...new Set(history.map(({ createdAt }) => createdAt))].sort());
    for (const who of [alice, bob]) expect(inOrderWithinReach(who.all('new_message', room.id))).toEqual(history);
  });

  it('lets a poisonous message fail alone', async () => {
    const outcomes = await Promise.allSettled([send(alice, 'good'), alice.ask('new_message', { roomId: id(), clientId: id(), text: 'nowhere' }), send(bob, 'good as well'), send(bob, 'answer', { replyTo: 10_000 })]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  });
});

describe('changing', () => {
  it('edits, with everyone seeing it, and refuses a stale edit', async () => {
    room = await twoPeopleInARoom();
    const { message } = await send(alice, 'helo');
    const edited = (await alice.ask('edit_message', { messageId: message.id, text: 'hello', expectedRev: message.rev })).message;
    expect(edited).toMatchObject({ seq: message.seq, text: 'hello', rev: message.rev + 1, editedAt: expect.any(String) });
    expect(await bob.next('message_updated')).toEqual(edited);
    expect((await alice.refused('edit_message', { messageId: message.id, text: 'no', expectedRev: message.rev })).code).toBe('stale_rev');
    expect((await bob.refused('edit_message', { messageId: message.id, text: 'mine now' })).code).toBe('forbidden');
  });

  it('deletes to a tombstone that keeps its number', async () => {
    const { message } = await send(bob, 'regrettable');
    await bob.ask('add_reaction', { messageId: message.id, emoji: '😀' });
    const { message: gone } = await bob.ask('delete_message', { messageId: message.id });
    expect(gone).toMatchObject({ seq: message.seq, text: null, reactions: [], deletedAt: expect.any(String) });
    expect((await bob.ask('delete_message', { messageId: message.id })).message).toEqual(gone);
    expect((await bob.refused('edit_message', { messageId: message.id, text: 'back' })).code).toBe('message_deleted');
  });

  it('reacts once per person and emoji', async () => {
    const { message } = await send(alice, 'react to me');
    await alice.ask('add_reaction', { messageId: message.id, emoji: '👍' });
    await bob.ask('add_reaction', { messageId: message.id, emoji: '👍' });
    const twice = await bob.ask('add_reaction', { messageId: message.id, emoji: '👍' });
    expect(twice.message.reactions).toEqual([{ emoji: '👍', count: 2, userIds: [alice.id, bob.id] }]);
    const less = await alice.ask('remove_reaction', { messageId: message.id, emoji: '👍' });
    expect(less.message.reactions).toEqual([{ emoji: '👍', count: 1, userIds: [bob.id] }]);
    await bob.next('message_updated', ({ rev }) => rev === less.message.rev);
    expect(bob.all('message_updated', room.id).filter(({ id: of }) => of === message.id)).toHaveLength(3);
  });
});

describe('reading back', () => {
  it('pages by timestamp, fifteen at a time, to the first message without loss or repeat', async () => {
    room = await twoPeopleInARoom();
    await Promise.all(Array.from({ length: 64 }, (_, i) => send(alice, `m${i}`)));
    const seen: number[] = [];
    let timestamp: number | string = 0;
    for (let page = 0; page < 10; page += 1) {
      const { messages, hasMore, nextTimestamp } = await bob.ask('fetch_messages', { roomId: room.id, timestamp });
      seen.unshift(...messages.map(({ seq }) => seq));
      if (!hasMore) break;
      timestamp = nextTimestamp as string;
    }
    expect(seen).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
  });

  it('shows whoever joins the earlier conversation', async () => {
    const carol = await newChatter(server, `carol${n}`);
    const joined = await carol.ask('join_room', { room: room.id });
    expect(joined.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, i) => i + 50));
    expect(joined).toMatchObject({ hasMore: true, position: { seq: 64 } });
    expect(joined.members.map(({ userId }) => userId)).toEqual([alice.id, bob.id, carol.id]);
  });

  it.each([
    ['before=20&limit=5', [15, 16, 17, 18, 19], true, true],
    ['after=60&limit=10', [61, 62, 63, 64], true, false],
    ['after=0&limit=3', [1, 2, 3], false, true],
    ['around=30&limit=4', [28, 29, 30, 31], true, true],
    ['around=1&limit=4', [1, 2], false, true],
    ['before=1', [], false, true],
  ])('pages by %s', async (query, seqs, hasMoreBefore, hasMoreAfter) => {
    const { body } = await bob.person.get<MessagePage>(`/rooms/${room.id}/messages?${query}`);
    expect({ ...body, messages: body.messages.map(({ seq }) => seq) }).toEqual({ messages: seqs, hasMoreBefore, hasMoreAfter });
  });

  it.each(['2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z', '2026-01-01', 'now'])('has no page before a time that never was: %s', async (moment) => {
    const { status, body } = await bob.person.get<Problem>(`/rooms/${room.id}/messages?beforeTime=${moment}`);
    expect([status, body.errors]).toMatchObject([422, [{ field: 'beforeTime', code: 'bad_format' }]]);
  });
});
