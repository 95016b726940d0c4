import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { connect, disconnectAll } from '../setup/chatters.js';
import { command, outcome } from '../setup/commands.js';
import { anonymous, newPerson, password, type Anything, type Person } from '../setup/people.js';
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

const thumb = encodeURIComponent('\u{1F44D}');

/** Somebody to be forgotten, in a room of theirs with bob and alice, in the lobby, and in a private chat with bob. */
async function somebody(name: string) {
  const person = await newPerson(server, name);
  const { body: room } = await person.post('/rooms', { name: `Of ${name}`, kind: 'private', memberIds: [bob.user.id, alice.user.id] });
  const { body: alone } = await person.post('/rooms', { name: 'Alone', kind: 'private' });
  await person.post(`/rooms/${room.id}/messages`, { text: `${name} was here` });
  const { body: bobs } = await bob.post(`/rooms/${room.id}/messages`, { text: 'bob was here' });
  await person.put(`/messages/${bobs.id}/reactions/${thumb}`);
  await alice.put(`/messages/${bobs.id}/reactions/${thumb}`);
  const { body: direct } = await person.post('/messages', { receiverId: bob.user.id, text: 'for you only' });
  await bob.post('/messages', { receiverId: person.user.id, text: 'and for you' });
  return { person, roomId: room.id as string, aloneId: alone.id as string, directId: direct.roomId as string };
}

/** The command works on another connection than the server: what a client holds must become true by syncing, without holes. */
async function provesCatchingUp(who: Person, work: () => Promise<unknown>): Promise<void> {
  const replica = new Replica(who);
  await replica.resume(await connect(server, who));
  await work();
  await replica.sync();
  expect(differences(replica.shown(), await freshState(who))).toEqual([]);
  expect(await unreadOf(who, false)).toEqual(await unreadOf(who, true));
  replica.drop();
}

it('exports everything about somebody, and what is said in their private chats, as lines of JSON', async () => {
  const { person, roomId, directId } = await somebody('carol');
  const { code, stdout } = await command({ DATABASE_URL: server.db.url }, ['export', 'carol']);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  expect([code, lines[0]]).toEqual([0, expect.objectContaining({ kind: 'profile', id: person.user.id, email: person.email, username: 'carol' })]);
  const texts = lines.filter(({ kind }) => kind === 'message').map((message) => [message.roomId, message.text]);
  expect(texts.sort()).toEqual([[roomId, 'carol was here'], [directId, 'for you only'], [directId, 'and for you']].sort());
  expect(lines.filter(({ kind }) => kind === 'membership').map(({ room }) => room.kind).sort()).toEqual(['direct', 'private', 'private', 'public']);
  expect(lines.filter(({ kind }) => kind === 'session')).toHaveLength(1);
  expect(stdout).not.toMatch(/argon2|hash/i);
});

it('exports reactions, ended sessions and bans, too', async () => {
  const { person, roomId } = await somebody('heidi');
  const gone = await person.anotherDevice();
  await gone.post('/auth/logout');
  const { body: left } = await alice.post('/rooms', { name: 'Not for heidi', kind: 'public' });
  await alice.delete(`/rooms/${left.id}/members/${person.user.id}?ban=true`);
  const { stdout } = await command({ DATABASE_URL: server.db.url }, ['export', 'heidi']);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  const of = (wanted: string) => lines.filter(({ kind }) => kind === wanted);
  expect(of('reaction')).toEqual([{ kind: 'reaction', roomId, messageId: expect.any(String), seq: 2, emoji: '\u{1F44D}', createdAt: expect.any(String) }]);
  expect(of('session').map(({ endedAt }) => endedAt === null).sort()).toEqual([false, true]);
  expect(of('membership').find(({ membership }) => membership.roomId === left.id)).toMatchObject({ membership: { bannedAt: expect.any(String) } });
  expect(stdout).not.toMatch(/argon2|hash/i);
});

it('erases name, topic and slug of rooms that were theirs alone, and of no other', async () => {
  const { person, roomId } = await somebody('ivan');
  const { body: open } = await person.post('/rooms', { name: 'Letters of ivan', topic: 'Nobody but ivan', slug: 'ivans-letters', kind: 'public' });
  await person.post(`/rooms/${open.id}/messages`, { text: 'dear me' });
  const { body: done } = await person.post('/rooms', { name: 'Done by ivan', kind: 'private' });
  await person.delete(`/rooms/${done.id}`);
  await person.post(`/rooms/${done.id}/leave`);
  const { body: visited } = await person.post('/rooms', { name: 'Visited', kind: 'public' });
  await alice.post(`/rooms/${visited.id}/join`);
  await alice.post(`/rooms/${visited.id}/leave`);
  expect(await outcome(server.db.url, ['erase', 'ivan', '--messages', 'keep'])).toMatchObject({ rooms: { forgotten: 3 } });
  const rooms: Record<string, unknown>[] = await server.db.query('SELECT id, name, topic, slug, search_text, archived_at IS NOT NULL AS archived FROM rooms');
  const erased = rooms.filter(({ name }) => name === 'Deleted room');
  expect(erased).toHaveLength(3);
  for (const room of erased) expect(room).toMatchObject({ topic: '', slug: null, search_text: '', archived: true });
  expect(rooms.find(({ id }) => id === roomId)).toMatchObject({ name: 'Of ivan' });
  expect(rooms.find(({ id }) => id === visited.id)).toMatchObject({ name: 'Visited' });
  expect(JSON.stringify(rooms.filter(({ id }) => id !== roomId))).not.toMatch(/ivan/i);
  expect(await outcome(server.db.url, ['erase', person.user.id, '--messages', 'keep'])).toMatchObject({ rooms: { forgotten: 0 } });
});

it('exports to a file for its owner only, which it does not overwrite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-export-'));
  const out = join(folder, 'alice.jsonl');
  expect(await outcome(server.db.url, ['export', 'alice', '--out', out])).toMatchObject({ lines: readFileSync(out, 'utf8').trim().split('\n').length });
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect((await command({ DATABASE_URL: server.db.url }, ['export', 'alice', '--out', out])).code).toBe(1);
  expect(existsSync(out)).toBe(true);
  rmSync(folder, { recursive: true });
});

it('erases somebody and keeps what they wrote, said by nobody', async () => {
  const { person, roomId, aloneId, directId } = await somebody('dave');
  await provesCatchingUp(bob, async () => {
    expect(await outcome(server.db.url, ['erase', 'dave', '--messages', 'keep'])).toMatchObject({ userId: person.user.id, sessionsEnded: 1, rooms: { left: 4, inherited: 1, archived: 2 }, removed: { messages: 0 } });
  });
  const { body: user } = await alice.get(`/users/${person.user.id}`);
  expect(user).toMatchObject({ name: 'Deleted user', disabled: true, avatarUrl: null, role: 'user' });
  expect((await wholeHistory(bob, roomId)).map(({ text, senderId }) => [text, senderId])).toEqual([['dave was here', person.user.id], ['bob was here', bob.user.id]]);
  expect((await wholeHistory(bob, directId)).map(({ text }) => text)).toEqual(['for you only', 'and for you']);
  expect((await bob.post(`/rooms/${directId}/messages`, { text: 'hello?' })).body.code).toBe('room_archived');
  const rest = JSON.stringify(await server.db.query('SELECT * FROM users WHERE id = $1', [person.user.id])) + JSON.stringify(await server.db.query('SELECT * FROM sessions WHERE user_id = $1', [person.user.id]));
  expect(rest).not.toMatch(/dave/i);
  const [{ archived_at: archived }] = await server.db.query('SELECT archived_at FROM rooms WHERE id = $1', [aloneId]);
  expect(archived).not.toBeNull();
});

it('lets nobody in with an erased account, and lets the address be used again', async () => {
  const { person } = await somebody('erin');
  await outcome(server.db.url, ['erase', person.email, '--messages', 'keep']);
  expect((await anonymous(server).post('/auth/login', { login: person.email, password })).body.code).toBe('invalid_credentials');
  expect((await anonymous(server).post('/auth/refresh', { refreshToken: person.refreshToken })).status).toBe(401);
  const deadline = Date.now() + 10_000;
  while ((await person.get('/users/me')).status !== 401) expect(Date.now()).toBeLessThan(deadline);
  expect((await newPerson(server, 'erin')).user.id).not.toBe(person.user.id);
});

it('gives a room that has lost its last owner to a moderator, if it has one', async () => {
  const { person, roomId } = await somebody('frank');
  await person.patch(`/rooms/${roomId}/members/${bob.user.id}`, { role: 'moderator' });
  await outcome(server.db.url, ['erase', 'frank', '--messages', 'keep']);
  const { body } = await bob.get(`/rooms/${roomId}/members`);
  expect(body.members.map(({ userId, role }: Anything) => [userId, role]).sort()).toEqual([[bob.user.id, 'owner'], [alice.user.id, 'member']].sort());
});

it('erases what they wrote when asked: numbers stay, unread counts stay true, reactions go', async () => {
  const { person, roomId, directId } = await somebody('grace');
  await provesCatchingUp(alice, async () => {
    expect(await outcome(server.db.url, ['erase', 'grace', '--messages', 'delete'])).toMatchObject({ removed: { messages: 2, reactions: 1 } });
  });
  const history = await wholeHistory(bob, roomId);
  expect(history.map(({ seq, text, deletedAt }) => [seq, text, deletedAt === null])).toEqual([[1, null, false], [2, 'bob was here', true]]);
  expect(history[1]?.reactions).toEqual([{ emoji: '\u{1F44D}', count: 1, userIds: [alice.user.id] }]);
  expect((await wholeHistory(bob, directId)).map(({ text }) => text)).toEqual([null, 'and for you']);
  const again = await outcome(server.db.url, ['erase', person.user.id, '--messages', 'delete']);
  expect(again).toMatchObject({ sessionsEnded: 0, rooms: { left: 0 }, removed: { messages: 0, reactions: 0 } });
});

it('does not erase the last admin', async () => {
  const { code, stderr } = await command({ DATABASE_URL: server.db.url }, ['erase', 'alice', '--messages', 'keep']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('last_admin')]);
  expect((await alice.get('/users/me')).body.name).toBe('Alice');
});
