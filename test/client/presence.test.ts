// Whose presence is on the screen, in the client: kept up to date however large the room is, and over a new connection.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PresenceChanged } from '../../client/src/index.js';
import { PresenceWatch } from '../../client/src/presence-watch.js';
import { startServer, type TestServer } from '../setup/server.js';
import { another, online, until } from './people.js';

let server: TestServer;

beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

it('follows those who are watched, also over another connection, and nobody else', async () => {
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((name) => online(server, name)));
  const [hisId, herId] = [bob.me?.id ?? '', carol.me?.id ?? ''];
  const isHere = (userId: string): boolean | undefined => alice.people.get(userId)?.presence.online;
  await Promise.all([hisId, herId].map((userId) => alice.people.find(userId)));
  const news: PresenceChanged[] = [];
  alice.on('presence', (change) => { news.push(change); });
  const stop = alice.watchPresence([hisId]);
  await until('the watch is answered', () => news.some(({ userId }) => userId === hisId));
  await bob.api.logoutAll();
  await until('he is seen going', () => isHere(hisId) === false);
  alice.stop();
  await another(server, 'bob');
  await alice.start();
  await until('he is seen back', () => isHere(hisId) === true);
  stop();
  await carol.api.logoutAll();
  expect(news.filter(({ userId }) => userId === herId)).toEqual([]);
});

describe('what the server is asked', () => {
  it('is the latest two hundred on the screen, once the screen has come to rest', async () => {
    const asked: string[][] = [];
    const noted: number[] = [];
    const watch = new PresenceWatch((ids) => { asked.push(ids); return Promise.resolve([]); }, (people) => { noted.push(people.length); });
    const ids = Array.from({ length: 250 }, (_, i) => `u${i}`);
    const stops = ids.map((id) => watch.add([id]));
    await until('it is asked', () => noted.length === 1);
    expect(asked).toEqual([ids.slice(-200)]);
    watch.add(['u249']);
    stops[249]();
    stops[249]();
    stops.slice(0, 249).forEach((stop) => { stop(); });
    await until('it is asked again', () => noted.length === 2);
    expect(asked[1]).toEqual(['u249']);
    await watch.connected();
    await until('it is asked once more', () => asked.length === 3);
    expect(asked[2]).toEqual(['u249']);
  });

  it('is asked again with the next connection when it was not answered', async () => {
    let answers = false;
    let times = 0;
    const watch = new PresenceWatch(() => { times += 1; return answers ? Promise.resolve([]) : Promise.reject(new Error('away')); }, () => undefined);
    watch.add(['u1']);
    await until('it is asked', () => times === 1);
    answers = true;
    for (const n of [2, 3]) {
      await watch.connected();
      await until('it is asked again', () => times === n);
    }
  });
});
