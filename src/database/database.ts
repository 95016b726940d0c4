import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Config } from '../config/settings.js';
import { createDataSource } from './data-source.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { migrate } from './migrate.js';

export interface Database {
  dataSource: DataSource;
  close(): Promise<void>;
}

const patienceMs = 30_000;

/** The database that the settings name, or our own; migrated and ready. `name`: see Connection. */
export async function openDatabase(config: Config, say: (line: string) => void, name?: string): Promise<Database> {
  const embedded = config.DATABASE_URL === undefined ? await startEmbeddedPostgres({ dataDir: config.DATA_DIR, log: say }) : undefined;
  const url = config.DATABASE_URL ?? embedded?.url ?? '';
  try {
    await untilItAnswers(() => migrate(url, say), say);
    const dataSource = await createDataSource({ url, pool: config.DATABASE_POOL, statementTimeout: 10_000, name }).initialize();
    return {
      dataSource,
      async close() {
        if (dataSource.isInitialized) await dataSource.destroy();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** In a compose file or after a power cut the database may come up later than we do. */
async function untilItAnswers(work: () => Promise<void>, say: (line: string) => void): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let told = false; ; told = true) {
    try {
      await work();
      return;
    } catch (error) {
      if (!notYetThere(error) || Date.now() > deadline) throw error;
      if (!told) say(`PostgreSQL does not answer yet (${(error as Error).message || (error as { code: string }).code}); waiting up to ${patienceMs / 1000} s …`);
      await pause(500);
    }
  }
}

function notYetThere(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code !== undefined && ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', '57P03'].includes(code);
}
