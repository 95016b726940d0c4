import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { Room } from '../../../src/contract/room.dto.js';
import { Cluster } from '../../setup/cluster.js';
import { addCrowd } from '../../setup/crowd.js';
import { newPerson, type Person } from '../../setup/people.js';
import { isLong, say, type ServerProcess } from '../../setup/server-process.js';
import { goodClaims, goodHeader, handmade } from '../../setup/tokens.js';
import { until } from '../../setup/until.js';
import { StormClient } from '../storm-client.js';

const count = isLong ? 2000 : 300;
const roomsOfFifty = 4;
const backWithinMs = 20_000;
const mostLagSeconds = 0.5;
let cluster: Cluster;
let alice: Person;
let room: Room;
let clients: StormClient[] = [];

beforeAll(async () => {
  cluster = await Cluster.start({ readyAware: true });
  alice = await newPerson(cluster, 'alice');
  room = (await alice.post<Room>('/rooms', { name: 'Everybody', kind: 'private' })).body;
  await addCrowd(cluster, room.id, count);
  await smallRooms();
  clients = (await sessions()).map(({ sub, sid }) => new StormClient(cluster.url, handmade(goodHeader, goodClaims({ sub, sid }))));
});
afterAll(async () => {
  for (const client of clients) client.end();
  await cluster?.close();
});

/** Besides the large room each is in some of fifty. */
async function smallRooms(): Promise<void> {
  await cluster.query(
    `WITH people AS (SELECT user_id, row_number() OVER () AS n FROM memberships WHERE room_id = $1),
     made AS (INSERT INTO rooms (id, kind, name, epoch, rev) SELECT gen_random_uuid(), 'private', 'Fifty', gen_random_uuid(), 1 FROM generate_series(1, $2::int * $3::int) RETURNING id),
     numbered AS (SELECT id, row_number() OVER () AS n FROM made)
     INSERT INTO memberships (room_id, user_id, rev, joined_at) SELECT r.id, p.user_id, 1, now() FROM people p JOIN numbered r ON r.n % $2::int = p.n % $2::int`,
    [room.id, Math.ceil(count / 50), roomsOfFifty]);
}

async function sessions(): Promise<{ sub: string; sid: string }[]> {
  return await cluster.query(
    `INSERT INTO sessions (id, user_id, family_hash, refresh_hash, rotated_at, created_at, last_used_at, expires_at)
     SELECT gen_random_uuid(), m.user_id, sha256(m.user_id::text::bytea), sha256(m.user_id::text::bytea), now(), now(), now(), now() + interval '1 day'
     FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.room_id = $1 AND u.username LIKE 'crowd-%' RETURNING user_id AS sub, id AS sid`, [room.id]);
}

async function figure({ url }: ServerProcess, name: RegExp): Promise<number[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').filter((line) => name.test(line)).map((line) => Number(line.split(' ').at(-1)));
}

/** Somebody who goes on asking over REST meanwhile: what they were answered with. A request that is cut short with its node has no answer. */
function asking(): { stop(): Promise<number[]> } {
  const statuses = new Set<number>();
  let on = true;
  const done = (async () => {
    for (; on; await pause(100)) await alice.get('/users/me').then(({ status }) => statuses.add(status), () => undefined);
  })();
  return { async stop() { on = false; await done; return [...statuses]; } };
}

const lagP99 = /^chat_event_loop_lag_seconds.*quantile="0.99"/;

it(`brings ${count} sockets back within ${backWithinMs / 1000} s when their node is killed`, async () => {
  const [doomed, survivor] = cluster.nodes as [ServerProcess, ServerProcess];
  for (const client of clients) {
    void client.live();
    await pause(4);
  }
  await until(() => clients.every(({ syncedAt }) => syncedAt > 0), 120_000);
  const [there] = await figure(doomed, /^chat_open_sockets /);
  await figure(survivor, lagP99); // Reading begins the measurement anew.
  const rest = asking();
  const killed = performance.now();
  await doomed.kill();
  const { status, body } = await alice.post(`/rooms/${room.id}/messages`, { text: 'said meanwhile' });
  expect(status).toBe(201);
  await until(() => clients.every(({ syncedAt }) => syncedAt > 0) && clients.filter(({ connections }) => connections > 1).length >= (there ?? 0), 60_000);
  const back = clients.filter(({ connections }) => connections > 1);
  const lastMs = Math.round(Math.max(...back.map(({ syncedAt }) => syncedAt)) - killed);
  const [lag = Infinity] = await figure(survivor, lagP99);
  const statuses = await rest.stop();
  const faults = await figure(survivor, /http_request_duration_seconds_count(?!.*health).*status="5/);
  say(`${back.length} of ${count} sockets came back, the last one after ${lastMs} ms; event loop lag of the other node: p99 ${Math.round(lag * 1000)} ms`);
  expect({ back: back.length, knowing: back.filter((client) => client.knows(room.id) >= body.rev).length }).toEqual({ back: there, knowing: there });
  expect(lastMs).toBeLessThanOrEqual(backWithinMs);
  expect(lag).toBeLessThan(mostLagSeconds);
  expect({ refusals: clients.flatMap(({ refusals }) => refusals), statuses, faults }).toEqual({ refusals: [], statuses: [200], faults: [] });
  expect(cluster.accidents).toEqual([]);
});
