// Part of `npm run check`: do the migrations make exactly the tables that the entities describe, and can each be undone?
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataSource } from './data-source.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { schemaOf } from './schema.js';

const folder = await mkdtemp(join(tmpdir(), 'verbatim-drift-'));
const postgres = await startEmbeddedPostgres({ dataDir: folder, durable: false });
const db = await createDataSource({ url: postgres.url, pool: 2, statementTimeout: 0 }).initialize();
const faults: string[] = [];
try {
  await db.runMigrations();
  const once = await schemaOf(db);
  const { upQueries } = await db.driver.createSchemaBuilder().log();
  faults.push(...upQueries.map(({ query }) => `The entities say otherwise than the migrations: ${query}`));
  const { length } = db.migrations;
  for (let i = 0; i < length; i += 1) await db.undoLastMigration();
  await db.runMigrations();
  if ((await schemaOf(db)) !== once) faults.push('Undoing all migrations and running them again yields another schema.');
} finally {
  await db.destroy();
  await postgres.stop();
  await rm(folder, { recursive: true });
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
