import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MessagePage } from '../../src/contract/message.dto.js';
import type { User, UserPage } from '../../src/contract/user.dto.js';
import { connect, disconnectAll, id, newChatter } from '../setup/chatters.js';
import { anonymous, newPerson, password, request } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

const run = promisify(execFile);
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

const said = (page: { messages: { text: string | null }[] }) => page.messages.map(({ text }) => text);

describe('rooms with several clients each', () => {
  it('shows whoever joins the earlier conversation, and then what is said', async () => {
    const [ann, ben, cid] = [await newChatter(server, 'ann'), await newChatter(server, 'ben'), await newChatter(server, 'cid')];
    const { room } = await ann.ask('join_room', { room: '4', create: true });
    const { room: other } = await cid.ask('join_room', { room: '5', create: true });
    await ann.ask('new_message', { roomId: room.id, clientId: id(), text: 'is anybody here?' });
    const joined = await ben.ask('join_room', { room: '4' });
    expect(said(joined)).toEqual(['is anybody here?']);
    await ben.ask('new_message', { roomId: room.id, clientId: id(), text: 'I am' });
    expect(await ann.next('new_message', ({ senderId }) => senderId === ben.id)).toMatchObject({ text: 'I am', seq: 2 });
    await cid.ask('new_message', { roomId: other.id, clientId: id(), text: 'talking to myself' });
    await ann.ask('sync', {});
    expect(ann.all('new_message', other.id)).toEqual([]);
  });
});

describe('by curl', () => {
  it('posts {"text":"hello world!"} and reads it back', async () => {
    const dot = await newPerson(server, 'dot');
    const api = `${server.url}/api/v1`;
    const auth = ['-sS', '--fail', '-H', `authorization: Bearer ${dot.accessToken}`, '-H', 'content-type: application/json'];
    const sent = JSON.parse((await run('curl', [...auth, '-d', '{"text":"hello world!"}', `${api}/messages`])).stdout) as object;
    expect(sent).toMatchObject({ text: 'hello world!', senderId: dot.user.id });
    const lobby = JSON.parse((await run('curl', [...auth, `${api}/rooms/lobby/messages`])).stdout) as MessagePage;
    expect(lobby.messages).toContainEqual(sent);
    await expect(run('curl', ['-sS', '--fail', '-H', 'content-type: application/json', '-d', '{"text":"no token"}', `${api}/messages`])).rejects.toThrow('401');
  });
});

describe('one stream for everybody', () => {
  it('registers, logs in, says it to all who are connected, keeps it for later, and counts who is looking', async () => {
    const [eve, fay] = [await newChatter(server, 'eve'), await newChatter(server, 'fay')];
    const { room } = await eve.ask('join_room', { room: 'lobby' });
    expect(await eve.next('room_stats', ({ viewers }) => viewers === 1)).toEqual({ roomId: room.id, viewers: 1 });
    await fay.ask('join_room', { room: 'lobby' });
    expect(await eve.next('room_stats', ({ viewers }) => viewers === 2)).toEqual({ roomId: room.id, viewers: 2 });
    await fay.ask('new_message', { roomId: room.id, clientId: id(), text: 'hello, all of you' });
    await eve.next('new_message', ({ text }) => text === 'hello, all of you');
    fay.leave();
    await eve.next('room_stats', ({ viewers }) => viewers === 1);
    const late = await newChatter(server, 'gus');
    expect(said(await late.ask('join_room', { room: 'lobby' }))).toContain('hello, all of you');
  });

  it('turns away who has no token, at both doors', async () => {
    expect((await anonymous(server).get('/rooms')).status).toBe(401);
    await expect(connect(server, anonymous(server))).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
  });
});

describe('people who write to each other', () => {
  it('creates users, logs them in and out, shows who is logged in, lists them, and keeps what one wrote to the other', async () => {
    const created = await request<{ user: User }>(`${server.url}/api/v1/auth/register`, 'POST', { body: { name: 'Hal', email: 'hal@example.org', password } });
    expect(created.status).toBe(201);
    const ivy = await newPerson(server, 'ivy');
    const hal = await anonymous(server).post('/auth/login', { login: 'hal@example.org', password }).then(({ body }) => anonymous(server).accept(body));
    const isOnline = async () => (await ivy.get<User>(`/users/${hal.user.id}`)).body.presence.online;
    expect(await isOnline()).toBe(true);
    const { users } = (await ivy.get<UserPage>('/users?limit=100')).body;
    expect(users.map(({ username }) => username)).toEqual(expect.arrayContaining(['hal', 'ivy']));

    expect((await hal.post('/messages', { receiverId: ivy.user.id, text: 'hello Ivy' })).status).toBe(201);
    expect((await ivy.post('/messages', { receiverId: hal.user.id, text: 'hello Hal' })).status).toBe(201);
    for (const [me, other] of [[hal, ivy], [ivy, hal]] as const) {
      expect(said((await me.get<MessagePage>(`/conversations/${other.user.id}/messages`)).body)).toEqual(['hello Ivy', 'hello Hal']);
    }
    const nosy = await newPerson(server, 'nosy');
    expect(said((await nosy.get<MessagePage>(`/conversations/${hal.user.id}/messages`)).body)).toEqual([]);

    const first = anonymous(server);
    first.accessToken = (created.body as unknown as { accessToken: string }).accessToken;
    await first.post('/auth/logout');
    await hal.post('/auth/logout');
    expect(await isOnline()).toBe(false);
  });
});

describe('private and group chats', () => {
  it('finds people, opens a chat, sends and pages by socket command, with a token on every request', async () => {
    const [jan, kim, lee] = [await newChatter(server, 'jan'), await newChatter(server, 'kim'), await newChatter(server, 'lee')];
    const [found] = (await jan.person.get<UserPage>('/users?query=kim')).body.users;
    expect(found?.username).toBe('kim');
    const { message } = await jan.ask('new_message', { receiverId: found?.id ?? '', clientId: id(), text: 'just us two' });
    expect(await kim.next('new_message', ({ roomId }) => roomId === message.roomId)).toEqual(message);

    const { body: group } = await jan.person.post('/rooms', { name: 'Three of us', kind: 'private', memberIds: [kim.id, lee.id] });
    for (let n = 1; n <= 32; n += 1) await jan.ask('new_message', { roomId: group.id, clientId: id(), text: `number ${n}` });
    expect(await lee.next('new_message', ({ roomId, seq }) => roomId === group.id && seq === 32)).toMatchObject({ text: 'number 32' });
    const newest = await lee.ask('fetch_messages', { roomId: group.id, timestamp: Date.now() });
    const middle = await lee.ask('fetch_messages', { roomId: group.id, timestamp: newest.nextTimestamp ?? 0 });
    const oldest = await lee.ask('fetch_messages', { roomId: group.id, timestamp: middle.nextTimestamp ?? 0 });
    expect([oldest, middle, newest].map(({ messages }) => messages.length)).toEqual([2, 15, 15]);
    expect([oldest, middle, newest].flatMap(said)).toEqual(Array.from({ length: 32 }, (_, i) => `number ${i + 1}`));
    expect(oldest).toMatchObject({ hasMore: false, nextTimestamp: null });
  });
});
