import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { MessagePage } from '../../src/contract/message.dto.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { allStatementsDuring, statementsDuring, unpreparedDuring } from '../setup/statements.js';

let server: TestServer;
let alice: Chatter;
let roomId: string;

beforeAll(async () => {
  server = await startServer();
  alice = await newChatter(server, 'alice');
  roomId = (await alice.ask('join_room', { room: 'busy', create: true })).room.id;
  await alice.ask('new_message', { roomId, clientId: id(), text: 'warm' });
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

it('sends a message with one statement', async () => {
  const statements = await statementsDuring(() => alice.ask('new_message', { roomId, clientId: id(), text: 'one statement' }));
  expect(statements).toEqual([expect.stringMatching(/^WITH moved AS/)]);
});

it('asks a second time for what speaks against a message that is not stored', async () => {
  const again = { roomId, clientId: id(), text: 'once' };
  await alice.ask('new_message', again);
  const statements = await statementsDuring(() => alice.ask('new_message', again));
  expect(statements).toEqual([/^WITH moved AS/, /^WITH input AS/, /^SELECT/].map((beginning): unknown => expect.stringMatching(beginning)));
});

it('asks beforehand only about a sender who is not known to be in the room', async () => {
  const mallory = await newChatter(server, 'mallory');
  const first = async (sender: Chatter): Promise<string | undefined> =>
    (await statementsDuring(() => sender.raw('new_message', { roomId, clientId: id(), text: 'known or not' })))[0];
  const asks = /EXISTS \(SELECT FROM memberships/;
  expect(await first(alice)).not.toMatch(asks);
  expect(await first(mallory)).toMatch(asks);
  await alice.ask('leave_room', { roomId });
  expect(await first(alice)).toMatch(asks);
  await alice.ask('join_room', { room: 'busy' });
  expect(await first(alice)).not.toMatch(asks);
});

it('sends many at once with a few statements, not one each', async () => {
  const statements = await statementsDuring(() => Promise.all(Array.from({ length: 100 }, (_, n) => alice.ask('new_message', { roomId, clientId: id(), text: `message ${n}` }))));
  expect(statements.length).toBeLessThanOrEqual(20);
});

it('answers a sync of all rooms with one statement', async () => {
  const statements = await statementsDuring(() => alice.ask('sync', {}));
  expect(statements).toEqual([expect.stringMatching(/^WITH RECURSIVE page AS/)]);
});

it.each(['id', 'name'])('shows a room with its last page to a member with one statement, by its %s', async (by) => {
  const statements = await statementsDuring(() => alice.ask('join_room', { room: by === 'id' ? roomId : 'Busy', create: true }));
  expect(statements).toEqual([expect.stringMatching(/^WITH opened AS/)]);
});

it('does so over REST, too', async () => {
  const statements = await statementsDuring(async () => { expect((await alice.person.post(`/rooms/${roomId}/join`)).status).toBe(200); });
  expect(statements).toEqual([expect.stringMatching(/^WITH opened AS/)]);
});

it.each<[string, number, (bob: Person) => Promise<unknown>]>([
  ['comes in', 2, async (bob) => { expect((await (await connect(server, bob)).ask('join_room', { room: roomId })).messages.length).toBe(15); }],
  ['reads a page', 2, async (bob) => { expect((await bob.get<MessagePage>(`/rooms/${roomId}/messages?before=5`)).body.messages.length).toBe(4); }],
])('when a member, of whom nothing is remembered, %s, it takes the session and %s statements, all of them prepared', async (_, count, visit) => {
  const newMember = async (username: string): Promise<Person> => {
    const person = await newPerson(server, username);
    await alice.person.post(`/rooms/${roomId}/members`, { userId: person.user.id });
    return person;
  };
  const [bob, carol] = [await newMember(`bob-${id().slice(0, 8)}`), await newMember(`carol-${id().slice(0, 8)}`)];
  expect(await statementsDuring(() => visit(bob))).toHaveLength(count);
  expect(await unpreparedDuring(() => visit(carol))).toEqual([]);
});

it('reads a page with two statements: may I, and the page', async () => {
  const statements = await statementsDuring(async () => { await alice.ask('fetch_messages', { roomId }); });
  expect(statements.map((text) => /FROM (\w+)/.exec(text)?.[1])).toEqual(['rooms', 'messages']);
});

it('looks sessions up now and then, not at each request', async () => {
  const { person } = alice;
  const statements = await allStatementsDuring(async () => {
    for (let i = 0; i < 20; i += 1) expect((await person.get('/auth/sessions/nonsense')).status).toBe(405);
    for (let i = 0; i < 20; i += 1) expect((await person.delete('/auth/sessions/nonsense')).status).toBe(422);
  });
  expect(statements.length).toBeLessThan(15);
});
