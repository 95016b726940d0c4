import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from './redis.js';

const missing = spawnSync('redis-server', ['--version']).status !== 0;

/** Tests that need a real Redis. Where there is no redis-server they stand aside and say so; in CI there must be one. */
export function withRedis(name: string, tests: (redis: () => RedisServer) => void): void {
  describe(name, () => {
    it('has a redis-server where it counts', () => {
      expect(missing && process.env.CI === 'true').toBe(false);
    });
    if (missing) {
      process.stdout.write(`"${name}" stands aside: it wants redis-server from the system packages.\n`);
      return;
    }
    let redis: RedisServer;
    beforeAll(async () => { redis = await RedisServer.start(); });
    afterAll(() => redis.stop());
    tests(() => redis);
  });
}
