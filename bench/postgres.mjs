// A durable PostgreSQL of the bench's own, with a database for each system that stores.
import { chmodSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../dist/src/database/embedded-postgres.js';

export async function startPostgres() {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-bench-'));
  chmodSync(dataDir, 0o755); // PostgreSQL runs as another user when we are root.
  const postgres = await startEmbeddedPostgres({ dataDir });
  return {
    get pid() { return postgres.pid; },
    /** The address of a new database, and a connection to it for the bench itself. */
    async database(name) {
      const root = new pg.Client({ connectionString: postgres.url });
      await root.connect();
      await root.query(`CREATE DATABASE "${name}"`);
      await root.end();
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      const client = new pg.Client({ connectionString: url.href });
      client.on('error', () => {}); // When PostgreSQL stops first.
      await client.connect();
      return { url: url.href, client };
    },
    async stop() {
      await postgres.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}
