import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.setup.js';
import { logger } from '../../src/common/logger.js';
import { loadConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/settings.js';
import { createDataSource, survivePostgresCrashes } from '../../src/database/data-source.js';
import { freshDatabase, type TestDatabase } from './database.js';

export interface TestServer {
  url: string;
  app: NestFastifyApplication;
  config: Config;
  db: TestDatabase;
  dataSource: ReturnType<typeof createDataSource>;
  close(): Promise<void>;
}

export const testSecret = 'Zk3vQ8xT1mB6yN0sL5wH2cJ9rF4uD7aG';

/** The whole application on a database of its own, listening on a free port. Rate limits are off unless a test asks for them. */
export async function startServer(env: Record<string, string> = {}): Promise<TestServer> {
  const db = await freshDatabase();
  const config = loadConfig({ NODE_ENV: 'test', PORT: '0', HOST: '127.0.0.1', JWT_SECRET: testSecret, RATE_LIMITS: 'off', DATABASE_URL: db.url, LOG_LEVEL: process.env.LOG_LEVEL ?? 'fatal', ...env });
  logger.level = config.LOG_LEVEL;
  const dataSource = await createDataSource({ url: config.DATABASE_URL ?? db.url, pool: config.DATABASE_POOL, statementTimeout: 10_000 }).initialize();
  survivePostgresCrashes(dataSource);
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
