import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { User } from '../../../src/contract/user.dto.js';
import { World } from '../../faults/world.js';
import { connect, disconnectAll } from '../../setup/chatters.js';
import { violations } from '../../setup/checker.js';
import { Cluster } from '../../setup/cluster.js';
import { newPerson, type Person } from '../../setup/people.js';
import type { ServerProcess } from '../../setup/server-process.js';
import { isLong, say } from '../../setup/server-process.js';
import { until } from '../../setup/until.js';

const kills = isLong ? 20 : 3;
const presenceHealsMs = 60_000;
let cluster: Cluster;
let world: World;
let watcher: Person;

beforeAll(async () => {
  cluster = await Cluster.start();
  world = await World.make(cluster, { people: 20, rooms: 4, pauseMs: 120 });
  watcher = await newPerson(cluster, 'watcher');
});
afterAll(async () => {
  disconnectAll();
  world?.leave();
  await cluster?.close();
});

const isOnline = async (person: Person, at: ServerProcess): Promise<boolean> => {
  const asked = await fetch(`${at.url}/api/v1/users/${person.user.id}`, { headers: { authorization: `Bearer ${watcher.accessToken}` } });
  return ((await asked.json()) as User).presence.online;
};

const asksOverHttp = async ({ accessToken }: Person, at: ServerProcess): Promise<number> =>
  (await fetch(`${at.url}/api/v1/users/me`, { headers: { authorization: `Bearer ${accessToken}` } })).status;

it(`loses nothing, repeats nothing and shows everyone the same after ${kills} times kill -9 of either node`, async () => {
  world.begin();
  for (let n = 1; n <= kills; n += 1) {
    const victim = cluster.nodes[n % 2];
    await world.acks(60);
    await pause(Math.random() * 1000);
    await victim.kill();
    const began = performance.now();
    await world.acks(60);
    const goneOn = Math.round(performance.now() - began);
    say(`kill ${n} of ${kills}: 60 more acks after ${goneOn} ms with one node; back after ${await victim.start()} ms; ${world.diary.acked.length} acked so far`);
  }
  await world.acks(60);
  const ms = await world.end();
  const run = await world.run();
  say(`${world.size} senders: ${run.sent.length} sent, ${run.acked.length} acked, ${run.stored.length} stored; all equal after ${ms} ms`);
  expect(violations(run)).toEqual([]);
  expect(world.diary.faults).toEqual([]);
  expect(cluster.accidents).toEqual([]);
});

it('forgets who was at a node that was killed, within a minute, and knows who came back', async () => {
  const [doomed, other] = cluster.nodes as [ServerProcess, ServerProcess];
  const [stays, leaves] = [await newPerson(cluster, 'stays'), await newPerson(cluster, 'leaves')];
  for (const person of [stays, leaves]) await connect(doomed, person);
  await until(async () => (await isOnline(stays, other)) && (await isOnline(leaves, other)));
  await pause(1000); // What is said of them is said.
  for (const person of [stays, leaves]) expect(await asksOverHttp(person, other)).toBe(200); // Which makes nobody stay whose socket is gone.
  await doomed.kill();
  await connect(other, stays);
  const ms = await until(async () => !(await isOnline(leaves, other)), presenceHealsMs);
  say(`presence healed ${ms} ms after the kill`);
  expect(await isOnline(stays, other)).toBe(true);
  await doomed.start();
  await until(async () => (await isOnline(stays, doomed)) && !(await isOnline(leaves, doomed)));
});
