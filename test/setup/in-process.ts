import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { createApp } from '../../src/app.setup.js';
import { logger } from '../../src/common/logger.js';
import { loadConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/settings.js';
import { createDataSource } from '../../src/database/data-source.js';
import { freshDatabase, type TestDatabase } from './database.js';
import { testSecret } from './secret.js';

export interface TestServer {
  url: string;
  app: NestFastifyApplication;
  config: Config;
  db: TestDatabase;
  dataSource: DataSource;
  close(): Promise<void>;
}

export async function startInProcess(env: Record<string, string>): Promise<TestServer> {
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
