// A whole application on an embedded, durable PostgreSQL of its own, with people and rooms made directly.
import { mkdtemp, rm } from 'node:fs/promises';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../dist/src/app.setup.js';
import { loadConfig } from '../dist/src/config/config.js';
import { createDataSource } from '../dist/src/database/data-source.js';
import { startEmbeddedPostgres } from '../dist/src/database/embedded-postgres.js';
import { migrate } from '../dist/src/database/migrate.js';

export async function startWorld(env = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'verbatim-bench-'));
  chmodSync(dataDir, 0o755); // PostgreSQL runs as another user when we are root.
  const postgres = await startEmbeddedPostgres({ dataDir });
  await migrate(postgres.url, () => {});
  const config = loadConfig({ NODE_ENV: 'test', PORT: '0', HOST: '127.0.0.1', JWT_SECRET: 'only for this bench', RATE_LIMITS: 'off', LOG_LEVEL: 'error', DATABASE_URL: postgres.url, ...env });
  const dataSource = await createDataSource({ url: postgres.url, pool: config.DATABASE_POOL, statementTimeout: 60_000 }).initialize();
  const app = await createApp(config, dataSource);
  await app.listen(0, '127.0.0.1');
  return {
    app, dataSource, postgres, url: await app.getUrl(),
    async stop() {
      await app.close();
      if (dataSource.isInitialized) await dataSource.destroy();
      await postgres.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

export async function register(world, username) {
  const response = await fetch(`${world.url}/api/v1/auth/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: username, username, email: `${username}@example.org`, password: 'correct horse battery' }),
  });
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}

/** A public room with these people in it. */
export async function makeRoom(world, people, slug) {
  const [owner, ...others] = people;
  const response = await fetch(`${world.url}/api/v1/rooms`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.accessToken}` },
    body: JSON.stringify({ name: slug, slug, kind: 'public', memberIds: others.map(({ user }) => user.id) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}
