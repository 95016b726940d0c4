import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { World } from '../../faults/world.js';
import { violations } from '../../setup/checker.js';
import { Cluster } from '../../setup/cluster.js';
import { isLong, say } from '../../setup/server-process.js';
import { until } from '../../setup/until.js';

const away = isLong ? [5, 60] : [5];
const healMs = 35_000;
let cluster: Cluster;
let world: World;

beforeAll(async () => {
  cluster = await Cluster.start({ redis: 'absent' });
  world = await World.make(cluster, { people: 16, rooms: 4, pauseMs: 150 });
});
afterAll(async () => {
  world?.leave();
  await cluster?.close();
});
afterEach(() => { expect(cluster.accidents).toEqual([]); });

/** Everybody shows the whole history, on the connection they had. */
async function expectHealed(connections: number, since: string): Promise<void> {
  const ms = await world.end(healMs);
  const run = await world.run();
  say(`${run.acked.length} acked so far; all ${world.size} members equal ${ms} ms after ${since}`);
  expect(violations(run)).toEqual([]);
  expect(world.diary).toMatchObject({ faults: [], refused: [], connections });
}

/** The longest time that nobody's send was acked since then. */
function longestSilence(since: number): number {
  const times = [since, ...world.diary.acked.map(({ ackedAt }) => ackedAt).filter((at) => at > since), performance.now()].sort((one, other) => one - other);
  return Math.round(Math.max(...times.slice(1).map((at, i) => at - times[i])));
}

const untilSaid = (status: string) => until(async () => (await cluster.ready()).every((one) => one.http === 200 && one.status === status));

describe('without Redis', () => {
  it('nodes start, say that they are degraded, and serve; when it comes they are one', async () => {
    await untilSaid('degraded');
    world.begin();
    const { connections } = world.diary;
    await world.acks(100);
    await expectHealed(connections, 'the last word, without Redis');
    await cluster.redis.start();
    await untilSaid('ready');
    world.begin();
    await world.acks(100);
    await expectHealed(connections, 'the last word, with Redis');
  });

  it.each(away)('for %i s all sends are acked, and nobody misses anything afterwards', async (seconds) => {
    world.begin();
    await world.acks(60);
    const { connections } = world.diary;
    const began = performance.now();
    await cluster.redis.stop();
    await untilSaid('degraded');
    await pause(Math.max(0, seconds * 1000 - (performance.now() - began)));
    const silent = longestSilence(began);
    await cluster.redis.start();
    await world.acks(60);
    say(`Redis away for ${seconds} s: never longer than ${silent} ms without an ack`);
    expect(silent).toBeLessThan(4500);
    await expectHealed(connections, 'its return');
    await untilSaid('ready');
  });

  it('a room that falls silent at that very moment is told what it missed, although Redis stays away', async () => {
    world.begin();
    await world.acks(60);
    const { connections } = world.diary;
    await cluster.redis.stop();
    await world.acks(30);
    await expectHealed(connections, 'the last word, while Redis is away');
    await cluster.redis.start();
    await untilSaid('ready');
  });

  it('that hangs instead of being away costs no send', async () => {
    world.begin();
    await world.acks(60);
    const { connections } = world.diary;
    const began = performance.now();
    cluster.redis.pause();
    await untilSaid('degraded');
    await pause(Math.max(0, 5000 - (performance.now() - began)));
    const silent = longestSilence(began);
    cluster.redis.resume();
    say(`Redis hung for ${Math.round(performance.now() - began)} ms: never longer than ${silent} ms without an ack`);
    expect(silent).toBeLessThan(4500);
    await expectHealed(connections, 'its answering again');
    await untilSaid('ready');
  });
});
