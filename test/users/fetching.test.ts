import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { User, UserPage } from '../../src/contract/user.dto.js';
import { connect, disconnectAll, type Chatter } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { randomId } from '../setup/tokens.js';
import { expectProblem } from '../setup/wire.js';

let server: TestServer;
let admin: Person;
let alice: Chatter;
let bob: Person;
let disabled: Person;

beforeAll(async () => {
  server = await startServer();
  admin = await newPerson(server, 'admin');
  alice = await connect(server, await newPerson(server, 'alice'));
  bob = await newPerson(server, 'bob');
  disabled = await newPerson(server, 'gone');
  await admin.put(`/users/${disabled.user.id}/disabled`, { disabled: true });
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

const doors: [string, (ids: string[]) => Promise<User[]>][] = [
  ['GET /users?ids=', async (ids) => (await alice.person.get<UserPage>(`/users?ids=${ids.join(',')}`)).body.users],
  ['fetch_users', async (ids) => (await alice.ask('fetch_users', { ids })).users],
];

describe.each(doors)('%s', (_, fetchUsers) => {
  it('answers who those people are, as their profiles do', async () => {
    const ids = [bob, disabled, admin].map(({ user }) => user.id);
    const profiles = await Promise.all(ids.map(async (id) => (await alice.person.get<User>(`/users/${id}`)).body));
    expect(await fetchUsers(ids)).toEqual(profiles);
    expect(profiles.map((user) => user.disabled)).toEqual([false, true, false]);
  });

  it('says who is here', async () => {
    expect((await fetchUsers([alice.id])).map(({ presence }) => presence.online)).toEqual([true]);
  });

  it('leaves out whom nobody knows, and takes ids in capital letters', async () => {
    const users = await fetchUsers([randomId(), bob.user.id.toUpperCase(), randomId(), alice.id]);
    expect(users.map(({ username }) => username)).toEqual(['bob', 'alice']);
    expect(await fetchUsers([randomId()])).toEqual([]);
  });

  it('takes two hundred ids', async () => {
    const ids = [...Array.from({ length: 199 }, () => randomId()), bob.user.id];
    expect((await fetchUsers(ids)).map(({ username }) => username)).toEqual(['bob']);
  });
});

it.each([
  ['no id', []],
  ['what is no id', ['alice']],
  ['an empty id', ['']],
  ['more than two hundred', Array.from({ length: 201 }, () => randomId())],
  ['an id that is named twice, in whatever case', ['019A9F6E-5B1C-7CC3-9D5E-0F6A3C1D2B4E', '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e']],
])('%s is refused at each door', async (_, ids) => {
  expect((await alice.refused('fetch_users', { ids })).code).toBe('invalid_input');
  const answer = await alice.person.get(`/users?ids=${ids.join(',')}`);
  expectProblem(answer, 'invalid_input');
  expect(answer.body.errors[0].field).toBe('ids');
});

it.each(['query=ali', 'cursor=WyIiXQ', 'limit=3'])('%s beside ids is refused', async (more) => {
  const answer = await alice.person.get(`/users?ids=${bob.user.id}&${more}`);
  expectProblem(answer, 'invalid_input');
  expect(answer.body.errors).toEqual([expect.objectContaining({ field: more.split('=')[0], code: 'not_allowed' })]);
});

it('is one page, without another after it', async () => {
  expect((await alice.person.get<UserPage>(`/users?ids=${bob.user.id}`)).body.nextCursor).toBeNull();
});

it('comes with a sync, for those who wrote its messages and for the partners in private chats, whether they wrote or not', async () => {
  const { id } = (await alice.ask('join_room', { room: 'talk', create: true })).room;
  await bob.post(`/rooms/${id}/join`);
  await bob.post(`/rooms/${id}/messages`, { text: 'hello' });
  const [partner, stranger] = [await newPerson(server, 'partner'), await newPerson(server, 'stranger')];
  await stranger.post(`/rooms/${id}/join`);
  await alice.person.put(`/dms/${partner.user.id}`);
  const names = (users: User[]): string[] => users.map(({ username }) => username).sort();
  expect(names((await alice.ask('sync', {})).users)).toEqual(['bob', 'partner']);
  expect(names((await alice.person.post<{ users: User[] }>('/sync', {})).body.users)).toEqual(['bob', 'partner']);
  expect(names((await stranger.post<{ users: User[] }>('/sync', {})).body.users)).toEqual(['bob']);
});

it('comes with join_room, for those who wrote its messages and for the members who are shown', async () => {
  const { room } = await alice.ask('join_room', { room: 'open', create: true });
  await bob.post(`/rooms/${room.id}/join`);
  await bob.post(`/rooms/${room.id}/messages`, { text: 'hello' });
  await bob.post(`/rooms/${room.id}/leave`);
  const { users, members } = await alice.ask('join_room', { room: room.id });
  expect([users.map(({ username }) => username).sort(), members.map(({ userId }) => userId)]).toEqual([['alice', 'bob'], [alice.id]]);
});
