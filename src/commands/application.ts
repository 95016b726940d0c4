import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { openDatabase } from '../database/database.js';
import { reachDatabase } from '../database/reach.js';
import { nestLogger } from '../common/logger.js';
import type { Call } from './command.js';
import { CommandsModule } from './commands.module.js';

/**
 * The services of the server, on its database, without its doors: what a command decides is decided by the same rules. Running servers
 * learn of it from the database: ended sessions when they look at those in use or connected again, changed rooms at the next beat. Without Redis: nothing
 * that a command does must wait for it.
 */
export async function withServices<T>({ config, say }: Pick<Call, 'config' | 'say'>, work: (app: INestApplicationContext) => Promise<T>): Promise<T> {
  const reached = await reachDatabase(config, say);
  try {
    const alone = { ...config, DATABASE_URL: reached.url, DATABASE_POOL: 2, REDIS_URL: undefined };
    const database = await openDatabase(alone, say, 'verbatim command');
    try {
      const app = await NestFactory.createApplicationContext(CommandsModule.with(alone, database.dataSource), { logger: nestLogger, abortOnError: false });
      try {
        return await work(app);
      } finally {
        await app.close();
      }
    } finally {
      await database.close();
    }
  } finally {
    await reached.close();
  }
}
