import { rm } from 'node:fs/promises';
import pg from 'pg';

export default async function globalTeardown() {
  const client = new pg.Client({ connectionString: process.env.VERBATIM_TEST_POSTGRES });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${process.env.VERBATIM_TEST_TEMPLATE} WITH (FORCE)`);
  await client.end();
  const own = globalThis.__verbatimPostgres;
  await own?.postgres.stop();
  if (own !== undefined) await rm(own.dataDir, { recursive: true, force: true });
}
