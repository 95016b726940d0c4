// A change is one statement: however a server stands still, it holds no room between two of them. Two servers change the same things at once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { allStatementsDuring } from '../setup/statements.js';

let server: TestServer;
let second: TestServer;
let alice: Chatter;
let bob: Chatter;
let n = 0;

beforeAll(async () => {
  server = await startServer();
  second = await startServer({ DATABASE_URL: server.db.url });
  [alice, bob] = [await newChatter(server, 'alice'), await newChatter(server, 'bob')];
});
afterAll(async () => {
  disconnectAll();
  await second.close();
  await server.close();
});

const newRoom = async (): Promise<string> => (await alice.ask('join_room', { room: `one-${(n += 1)}`, create: true })).room.id;
const newMessage = async (roomId: string) => (await alice.ask('new_message', { roomId, clientId: id(), text: 'hello' })).message;
const standing = async (roomId: string) => (await server.db.query<{ rev: number; changes: number }>(
  `SELECT rev::int, (SELECT count(DISTINCT rev) FROM (SELECT rev FROM messages WHERE room_id = r.id UNION ALL SELECT rev FROM memberships WHERE room_id = r.id) AS c)::int AS changes FROM rooms r WHERE id = $1`, [roomId]))[0];

describe('it takes no transaction of several statements', () => {
  const transactions = async (work: () => Promise<unknown>): Promise<string[]> => (await allStatementsDuring(work)).filter((sql) => /^(START|BEGIN|COMMIT)|^SELECT (1|id).* FOR (NO KEY )?UPDATE/.test(sql));

  it('to change a message', async () => {
    const { id: messageId } = await newMessage(await newRoom());
    expect(await transactions(async () => {
      await alice.ask('edit_message', { messageId, text: 'edited' });
      await alice.ask('add_reaction', { messageId, emoji: '👍' });
      await alice.ask('remove_reaction', { messageId, emoji: '👍' });
      await alice.ask('delete_message', { messageId });
    })).toEqual([]);
  });

  it('to change who is in a room, or the room', async () => {
    const roomId = await newRoom();
    expect(await transactions(async () => {
      expect((await alice.person.post(`/rooms/${roomId}/members`, { userId: bob.id })).status).toBe(201);
      expect((await alice.person.patch(`/rooms/${roomId}/members/${bob.id}`, { role: 'moderator' })).status).toBe(200);
      expect((await alice.person.patch(`/rooms/${roomId}`, { topic: 'Another' })).status).toBe(200);
      expect((await alice.person.delete(`/rooms/${roomId}/members/${bob.id}`)).status).toBe(204);
    })).toEqual([]);
    expect((await standing(roomId)).rev).toBe(5);
  });
});

describe('at two servers at once', () => {
  it('reactions of many come out as their rows say, with a revision each', async () => {
    const roomId = await newRoom();
    const message = await newMessage(roomId);
    const people = await Promise.all(Array.from({ length: 8 }, (_, i) => newChatter(i % 2 === 0 ? server : second, `many${i}`)));
    for (const person of people) await person.ask('join_room', { room: roomId });
    const before = (await standing(roomId)).rev;
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(people.flatMap((person, i) => ['👍', '🎉'].map((emoji) => person.raw(round === 1 && i % 3 === 0 ? 'remove_reaction' : 'add_reaction', { messageId: message.id, emoji }))));
    }
    const [shown] = await server.db.query<{ reactions: { emoji: string; count: number; userIds: string[] }[]; rev: number }>('SELECT reactions, rev::int FROM messages WHERE id = $1', [message.id]);
    const rows = await server.db.query<{ emoji: string; user_id: string }>('SELECT emoji, user_id FROM reactions WHERE room_id = $1', [roomId]);
    for (const { emoji, count, userIds } of shown.reactions) {
      const users = rows.filter((row) => row.emoji === emoji).map((row) => row.user_id).sort();
      expect([count, [...userIds].sort()]).toEqual([users.length, users]);
    }
    expect(rows).toHaveLength(16);
    // 16 in the first round, then 6 taken back, then 6 again.
    expect([(await standing(roomId)).rev - before, shown.rev - before]).toEqual([28, 28]);
  });

  it('of two owners who leave one stays', async () => {
    const bobElsewhere = Object.assign(new Person(second, bob.person.email), { accessToken: bob.person.accessToken, user: bob.person.user });
    for (let round = 0; round < 10; round += 1) {
      const roomId = await newRoom();
      await bob.ask('join_room', { room: roomId });
      await alice.person.patch(`/rooms/${roomId}/members/${bob.id}`, { role: 'owner' });
      const left = await Promise.all([alice.person, bobElsewhere].map((who) => who.post(`/rooms/${roomId}/leave`)));
      expect(left.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
  });

  it('who enters twice enters once', async () => {
    const elsewhere = await connect(second, bob.person);
    for (let round = 0; round < 10; round += 1) {
      const roomId = await newRoom();
      await Promise.all([bob, elsewhere].map((who) => who.ask('join_room', { room: roomId })));
      expect(await standing(roomId)).toEqual({ rev: 2, changes: 2 });
    }
  });
});
