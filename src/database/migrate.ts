import { createDataSource } from './data-source.js';

/** A number that means "migrations" among PostgreSQL's advisory locks. */
export const migrationLock = 7_230_000;

/** Brings the schema to this version. Of several nodes starting at once one does it, the others wait for it. */
export async function migrate(url: string, say: (line: string) => void): Promise<void> {
  const db = await createDataSource({ url, pool: 2, statementTimeout: 0, name: 'verbatim migration' }).initialize();
  const holder = db.createQueryRunner();
  try {
    // For a transaction, not for a session: that is one connection behind a pooler as well, and ends with it.
    await holder.startTransaction();
    await holder.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    const done = await db.runMigrations({ transaction: 'each' });
    for (const { name } of done) say(`Migrated the database: ${name}`);
    await holder.commitTransaction();
  } finally {
    await holder.release();
    await db.destroy();
  }
}
