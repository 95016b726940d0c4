import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.setup.js';
import { logger } from '../../src/common/logger.js';
import { loadConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/settings.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Cluster } from './cluster.js';
import { freshDatabase, type TestDatabase } from './database.js';
import { testSecret } from './secret.js';

export interface TestServer {
  url: string;
  app: NestFastifyApplication;
  config: Config;
  db: TestDatabase;
  dataSource: ReturnType<typeof createDataSource>;
  close(): Promise<void>;
}

/** How many nodes serve the tests. With several (`npm run test:cluster`) of any two people who connect each is at another node. */
export const nodeCount = Number(process.env.TEST_NODES ?? 1);

/** The whole application on a database of its own, listening on a free port. Rate limits are off unless a test asks for them. */
export async function startServer(env: Record<string, string> = {}): Promise<TestServer> {
  if (nodeCount > 1) return await startNodes(env);
  const db = await freshDatabase();
  const config = loadConfig({ NODE_ENV: 'test', PORT: '0', HOST: '127.0.0.1', JWT_SECRET: testSecret, RATE_LIMITS: 'off', DATABASE_URL: db.url, LOG_LEVEL: process.env.LOG_LEVEL ?? 'fatal', ...env });
  logger.level = config.LOG_LEVEL;
  const dataSource = await createDataSource({ url: config.DATABASE_URL ?? db.url, pool: config.DATABASE_POOL, statementTimeout: 10_000 }).initialize();
  const app = await createApp(config, dataSource);
  await app.listen(config.PORT, config.HOST);
  return {
    url: await app.getUrl(),
    app,
    config,
    db,
    dataSource,
    async close() {
      await app.close();
      if (dataSource.isInitialized) await dataSource.destroy();
      await db.drop();
    },
  };
}

/** The same as several processes: nothing can be looked at or replaced inside of them. */
async function startNodes(env: Record<string, string>): Promise<TestServer> {
  const cluster = await Cluster.start({ nodes: nodeCount, settings: { NODE_ENV: 'test', LOG_LEVEL: 'error', ...env } });
  const inside = (): never => { throw new Error('This test looks into the process of its server: test/cluster/suites.mjs lists such files'); };
  return {
    url: cluster.url,
    db: cluster.db,
    get app() { return inside(); },
    get config() { return inside(); },
    get dataSource() { return inside(); },
    close: () => cluster.close(),
  };
}
