import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
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

it('lets nobody in a private chat delete what the other one said', async () => {
  const { message } = await alice.ask('new_message', { receiverId: bob.id, clientId: id(), text: 'for you' });
  expect((await bob.refused('delete_message', { messageId: message.id })).code).toBe('forbidden');
  expect((await bob.person.delete(`/messages/${message.id}`)).body.code).toBe('forbidden');
  expect((await alice.ask('delete_message', { messageId: message.id })).message.text).toBeNull();
});

it('buries a message once, however many delete it at the same time', async () => {
  const { message } = await alice.ask('new_message', { receiverId: bob.id, clientId: id(), text: 'regretted' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => alice.ask('delete_message', { messageId: message.id })));
  expect(new Set(answers.map(({ message: { rev } }) => rev)).size).toBe(1);
  await bob.next('message_updated', (changed) => changed.id === message.id);
  await bob.refused('leave_room', { roomId: id() }); // whatever was pushed before is here once this is answered
  expect(bob.all('message_updated', message.roomId).filter((changed) => changed.id === message.id)).toHaveLength(1);
});
