import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedIn } from '../../src/contract/auth.dto.js';
import type { MyRooms } from '../../src/contract/room.dto.js';
import { connect, disconnectAll, id, type Chatter } from '../setup/chatters.js';
import { anonymous, newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Person;
let chatter: Chatter;

async function demoPerson(login: string): Promise<Person> {
  const { body } = await anonymous(server).post<SignedIn>('/auth/login', { login, password: 'verbatim demo' });
  return anonymous(server).accept(body);
}

beforeAll(async () => {
  server = await startServer({ DEMO: 'on' });
  alice = await demoPerson('alice');
  chatter = await connect(server, alice);
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

describe('the demo', () => {
  it('has rooms with earlier conversation', async () => {
    const { rooms } = (await alice.get<MyRooms>('/rooms')).body;
    expect(rooms.map(({ room }) => room.slug).sort()).toEqual(['launch', 'lobby', 'tea', null].sort());
    expect(rooms.every(({ lastMessage }) => lastMessage !== null)).toBe(true);
  });

  it('lets the bot answer in private, and where it is called or mentioned', async () => {
    const { userId: bot } = (await chatter.ask('join_room', { room: 'tea' })).members.find(({ userId }) => userId !== alice.user.id) ?? { userId: '' };
    const echo = (await alice.get('/users?query=echo')).body.users[0].id as string;
    expect(bot).not.toBe('');
    const { message } = await chatter.ask('new_message', { receiverId: echo, clientId: id(), text: 'hello you' });
    expect(await chatter.next('new_message', ({ senderId, roomId }) => senderId === echo && roomId === message.roomId)).toMatchObject({ text: 'You said: hello you' });
    const called = (await chatter.ask('new_message', { roomId: (await chatter.ask('join_room', { room: 'lobby' })).room.id, clientId: id(), text: 'echo hi all' })).message;
    expect(await chatter.next('new_message', ({ senderId, roomId }) => senderId === echo && roomId === called.roomId)).toMatchObject({ text: 'You said: hi all', replyTo: called.seq });
    const mentioned = (await chatter.ask('new_message', { roomId: called.roomId, clientId: id(), text: 'hello @echo, are you there?' })).message;
    expect(await chatter.next('new_message', ({ senderId, replyTo }) => senderId === echo && replyTo === mentioned.seq)).toMatchObject({ text: 'You said: hello @echo, are you there?' });
  });

  it('leaves the admin to the first who registers, and the bot without a password that anybody knows', async () => {
    expect(alice.user.role).toBe('user');
    expect((await newPerson(server, 'first')).user.role).toBe('admin');
    expect((await anonymous(server).post('/auth/login', { login: 'echo', password: 'verbatim demo' })).status).toBe(401);
  });

  it('does nothing on a server where somebody is already, nor in production', async () => {
    const { createApp } = await import('../../src/app.setup.js');
    const { loadConfig } = await import('../../src/config/config.js');
    const lived = await startServer();
    await newPerson(lived, 'owner');
    const again = await createApp({ ...lived.config, DEMO: true }, lived.dataSource);
    await again.init();
    expect(await lived.db.query(`SELECT username FROM users`)).toEqual([{ username: 'owner' }]);
    await again.close();
    await lived.close();
    expect(loadConfig({ NODE_ENV: 'production', JWT_SECRET: 'Zk3vQ8xT1mB6yN0sL5wH2cJ9rF4uD7aG' }).DEMO).toBe(false);
    expect(loadConfig({ JWT_SECRET: 'for this test' }).DEMO).toBe(true);
  });
});
