import { createDataSource } from './data-source.js';

/** A number that means "migrations" among PostgreSQL's advisory locks. */
export const migrationLock = 7_230_000;

/** Brings the schema to this version. Of several nodes starting at once one does it, the others wait for it. */
export async function migrate(url: string, say: (line: string) => void): Promise<void> {
  const db = await createDataSource({ url, pool: 2, statementTimeout: 0, name: 'verbatim migration' }).initialize();
  const holder = db.createQueryRunner();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    const done = await db.runMigrations({ transaction: 'each' });
    for (const { name } of done) say(`Migrated the database: ${name}`);
  } finally {
    await holder.release();
    await db.destroy();
  }
}
