// One PostgreSQL for the whole run, with a migrated template database from which each test file copies its own.
// TEST_DATABASE_URL, pointing to a superuser's database, makes the suite use that server instead.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/src/database/embedded-postgres.js';
import { migrate } from '../../dist/src/database/migrate.js';

export default async function globalSetup() {
  const url = process.env.TEST_DATABASE_URL ?? (await ownPostgres());
  const template = `verbatim_template_${process.pid}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${template}`);
  await client.end();
  const templateUrl = new URL(url);
  templateUrl.pathname = `/${template}`;
  await migrate(templateUrl.href, () => {});
  process.env.VERBATIM_TEST_POSTGRES = url;
  process.env.VERBATIM_TEST_TEMPLATE = template;
}

async function ownPostgres() {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
  globalThis.__verbatimPostgres = { postgres, dataDir };
  return postgres.url;
}
