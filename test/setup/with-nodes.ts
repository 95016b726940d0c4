import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { disconnectAll } from './chatters.js';
import { Cluster, type ClusterOptions } from './cluster.js';

const missing = spawnSync('redis-server', ['--version']).status !== 0;

/** Tests that need a real Redis. Where there is no redis-server they stand aside and say so; in CI there must be one. */
export function whereRedisIs(name: string, tests: () => void): void {
  describe(name, () => {
    it('has a redis-server where it counts', () => {
      expect(missing && process.env.CI === 'true').toBe(false);
    });
    if (missing) process.stdout.write(`"${name}" stands aside: it wants redis-server from the system packages.\n`);
    else tests();
  });
}

/** The same, with two server processes that know of each other; it says more when something goes wrong in them. */
export function withNodes(name: string, tests: (cluster: () => Cluster) => void, options: ClusterOptions = {}): void {
  whereRedisIs(name, () => {
    let cluster: Cluster;
    beforeAll(async () => { cluster = await Cluster.start({ ...options, settings: { NODE_ENV: 'test', LOG_LEVEL: 'error', ...options.settings } }); }, 120_000);
    afterEach(() => { disconnectAll(); });
    afterAll(() => cluster.close(), 60_000);
    tests(() => cluster);
  });
}
