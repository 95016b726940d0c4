// The client knows what people are called: at once after a reload, and with few requests.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { MemoryStore, StoredSession, type VerbatimClient } from '../../client/src/index.js';
import { addCrowd } from '../setup/crowd.js';
import { newPerson, password } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { randomId } from '../setup/tokens.js';
import { newClient, online, until } from './people.js';

let server: TestServer;

beforeAll(async () => { server = await startServer(); });
afterAll(async () => { await server.close(); });

/** A browser with a store that outlives its pages. */
function browser() {
  const store = new MemoryStore();
  const session = new StoredSession(new MemoryStore());
  return {
    login: async (username: string): Promise<VerbatimClient> => {
      const chat = newClient(server.url, { store, session });
      await chat.login({ login: username, password });
      return chat;
    },
    reload: async (before: VerbatimClient): Promise<VerbatimClient> => {
      before.stop();
      const chat = newClient(server.url, { store, session });
      expect(await chat.resume()).toBe(true);
      return chat;
    },
  };
}

const answers = (pattern: RegExp) => {
  const asked = jest.spyOn(globalThis, 'fetch');
  return () => asked.mock.calls.map(([url]) => url as string).filter((url) => pattern.test(url));
};

it('shows names at once after a reload, before there is a connection, and then what they are now', async () => {
  const bob = await online(server, 'bob');
  await newPerson(server, 'alice');
  const page = browser();
  let alice = await page.login('alice');
  await alice.start();
  await alice.ready(30_000);
  const { id } = await alice.direct(bob.me?.id ?? '');
  await until('she knows him', () => alice.people.get(bob.me?.id ?? '')?.username === 'bob');
  alice.stop();
  const before = await bob.api.updateMe({ name: 'Robert' });
  alice = await page.reload(alice);
  alice.on('connection', ({ state }) => { if (state === 'connecting') expect(alice.room(id)?.title).not.toBe('…'); });
  await alice.start();
  expect([alice.connection === 'online', alice.room(id)?.title]).toEqual([false, expect.not.stringMatching('…|Robert')]);
  await alice.ready(30_000);
  await until('she learns his new name, though nobody pushed it to her', () => alice.room(id)?.title === before.name);
});

it('has a title for each room when it is ready, on a new device too', async () => {
  const { carol, dora } = { carol: await online(server, 'carol'), dora: await newPerson(server, 'dora') };
  const { id } = await carol.direct(dora.user.id);
  const other = newClient(server.url);
  await other.login({ login: 'carol', password });
  const titles: (string | undefined)[] = [];
  other.on('connection', ({ state }) => { if (state === 'online') titles.push(other.room(id)?.title); });
  await other.start();
  await other.ready(30_000);
  expect(titles).toEqual([dora.user.name]);
});

it('fetches the people whom it does not know together, over the socket', async () => {
  const eve = await online(server, 'eve');
  const room = await eve.join('crowded', { create: true });
  await addCrowd(server, room.id, 250);
  const all = await server.db.query<{ user_id: string }>('SELECT user_id FROM memberships WHERE room_id = $1', [room.id]);
  const ids = all.map((row) => row.user_id);
  const strangers = ids.filter((userId) => userId !== eve.me?.id);
  const [overRest, ask] = [answers(/users/), jest.spyOn((eve as unknown as { live: { ask(name: string): unknown } }).live, 'ask')];
  strangers.forEach((userId) => { expect(eve.people.get(userId)).toBeUndefined(); });
  await until('all are known', () => strangers.every((userId) => eve.people.get(userId) !== undefined));
  expect(ask.mock.calls.map(([name]) => name)).toEqual(['fetch_users', 'fetch_users']);
  expect(overRest()).toEqual([]);
});

it('asks once for somebody who does not exist', async () => {
  const faye = await online(server, 'faye');
  const ask = jest.spyOn((faye as unknown as { live: { ask(name: string): unknown } }).live, 'ask');
  const nobody = randomId();
  expect(await faye.people.find(nobody)).toBeUndefined();
  for (let i = 0; i < 5; i += 1) expect([faye.people.get(nobody), await faye.people.find(nobody)]).toEqual([undefined, undefined]);
  expect(ask.mock.calls.length).toBe(1);
});

it('over REST while there is no connection, and again when there is one after nobody could be reached', async () => {
  const gina = await online(server, 'gina');
  const hugo = await newPerson(server, 'hugo');
  gina.stop();
  expect((await gina.people.find(hugo.user.id))?.username).toBe('hugo');
  const ivan = await newPerson(server, 'ivan');
  const fetching = jest.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('no network'));
  expect(await gina.people.find(ivan.user.id)).toBeUndefined();
  fetching.mockRestore();
  await gina.start();
  await gina.ready(30_000);
  expect((await gina.people.find(ivan.user.id))?.username).toBe('ivan');
});

it('forgets who it knew when somebody signs out', async () => {
  const store = new MemoryStore();
  const judy = newClient(server.url, { store });
  await newPerson(server, 'judy');
  const kim = await newPerson(server, 'kim');
  await judy.login({ login: 'judy', password });
  await judy.start();
  await judy.ready(30_000);
  await judy.people.find(kim.user.id);
  judy.stop();
  await until('stored', () => JSON.stringify([...(store as unknown as { values: Map<string, string> }).values]).includes('kim'));
  await judy.logout();
  expect([await store.keys('verbatim:'), judy.people.get(kim.user.id)]).toEqual([[], undefined]);
});
