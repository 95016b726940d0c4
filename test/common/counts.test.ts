import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits, MemoryCounts, RedisCounts, type Counts, type Limits } from '../../src/common/counts.js';
import { newRedis } from '../../src/common/redis.js';
import { addCalls, type CallLog } from '../../src/common/sliding-window.js';
import { RedisServer } from '../setup/redis.js';
import { until } from '../setup/until.js';

const points = 50;
const limit = { points, duration: 60 };
const few: Limits = { ...limits, search: { points, duration: 4 } };

/** When each accepted call came, of calls at these moments. */
function accepted(moments: readonly number[]): number[] {
  let log: CallLog = [];
  return moments.filter((now) => {
    const added = addCalls(log, limit, 1, now);
    log = added.log;
    return !added.standing.exceeded;
  });
}

const mostIn = (moments: readonly number[], windowMs: number): number =>
  Math.max(...moments.map((from) => moments.filter((at) => at >= from && at < from + windowMs).length));

describe('a sliding window', () => {
  it('lets no stretch of its length have more calls than allowed, however they are spread', () => {
    const atTheEdge = [0, ...Array.from({ length: 60 }, () => 59_000), ...Array.from({ length: 60 }, () => 60_100)];
    const steady = Array.from({ length: 6000 }, (_, i) => i * 50);
    const bursts = Array.from({ length: 3000 }, (_, i) => Math.floor(i / 100) * 7000 + (i % 100));
    for (const moments of [atTheEdge, steady, bursts]) expect(mostIn(accepted(moments), 60_000)).toBeLessThanOrEqual(points);
  });

  it('lets nearly all that is allowed through for those who go on and on', () => {
    const minutes = 10;
    const all = accepted(Array.from({ length: minutes * 1200 }, (_, i) => i * 50));
    expect(all.length).toBeGreaterThan(points * minutes * 0.9);
  });

  it('keeps little, whatever is allowed', () => {
    let log: CallLog = [];
    for (let now = 0; now < 120_000; now += 10) log = addCalls(log, { points: 100_000, duration: 60 }, 1, now).log;
    expect(log.length).toBeLessThanOrEqual(22);
  });

  it('says how long a refused call has to wait, and is right', () => {
    let log: CallLog = [];
    for (const now of [0, 10_000, 20_000]) log = addCalls(log, limit, 15, now).log;
    const refused = addCalls(log, limit, 20, 30_000);
    expect(refused.standing).toEqual({ allowed: 50, remaining: 5, resetSeconds: 30, exceeded: true });
    expect(addCalls(refused.log, limit, 20, 59_999).standing.exceeded).toBe(true);
    expect(addCalls(refused.log, limit, 20, 60_000).standing.exceeded).toBe(false);
  });
});

const redis = { server: undefined as RedisServer | undefined, client: undefined as ReturnType<typeof newRedis> | undefined };
beforeAll(async () => {
  redis.server = await RedisServer.start();
  redis.client = newRedis(redis.server.url);
  redis.client.on('error', () => undefined);
  await until(() => redis.client?.status === 'ready');
});
afterAll(async () => {
  redis.client?.disconnect();
  await redis.server?.stop();
});

const both: [string, () => Counts][] = [
  ['in memory', () => new MemoryCounts(few)],
  ['in Redis', () => new RedisCounts(redis.client as ReturnType<typeof newRedis>, few, new MemoryCounts(few))],
];

describe.each(both)('counts %s', (_, make) => {
  const many = async (counts: Counts, caller: string, times: number): Promise<number> => {
    const standings = await Promise.all(Array.from({ length: times }, async () => await counts.count('search', caller, 1)));
    return standings.filter(({ exceeded }) => !exceeded).length;
  };

  it('let exactly as many through as allowed, of many at once', async () => {
    expect(await many(make(), 'parallel', 130)).toBe(points);
  });

  it('let nobody through twice at the edge of a window', async () => {
    const counts = make();
    for (let round = 0; ; round += 1) { // Again, should the machine stand still in between.
      const caller = `edge${round}`;
      expect(await many(counts, caller, 1)).toBe(1);
      await pause(3000);
      const began = Date.now();
      expect(await many(counts, caller, 49)).toBe(49);
      await pause(1200);
      const later = await many(counts, caller, 60);
      if (Date.now() - began > 3800 && round < 5) continue;
      expect(later).toBe(1);
      return;
    }
  }, 60_000);

  it('count several at once, or none of them', async () => {
    const counts = make();
    expect(await counts.count('search', 'some', 40)).toEqual({ allowed: 50, remaining: 10, resetSeconds: 4, exceeded: false });
    expect(await counts.count('search', 'some', 11)).toMatchObject({ remaining: 10, exceeded: true });
    expect(await counts.count('search', 'some', 10)).toMatchObject({ remaining: 0, exceeded: false });
    expect(await counts.look('search', 'some')).toMatchObject({ remaining: 0, exceeded: true });
    await counts.forget('search', 'some');
    expect(await counts.look('search', 'some')).toEqual({ allowed: 50, remaining: 50, resetSeconds: 0, exceeded: false });
  });

  it('look without counting', async () => {
    const counts = make();
    await counts.count('search', 'looker', 49);
    for (let n = 0; n < 5; n += 1) expect(await counts.look('search', 'looker')).toMatchObject({ remaining: 1, exceeded: false });
    expect(await counts.count('search', 'looker', 1)).toMatchObject({ remaining: 0, exceeded: false });
  });
});
