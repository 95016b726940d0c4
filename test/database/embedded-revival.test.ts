// What an operator expects when the embedded PostgreSQL dies under a living server: that it comes back by itself, at the same address.
import { afterAll, afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { postgresIn } from '../../src/database/postgres-processes.js';
import { cleanUp, isAlive, temporaryFolder, until } from './embedded-installation.js';

jest.setTimeout(120_000); // Longer than anything in them waits.

const dataDir = join(temporaryFolder(), 'data');
const cluster = join(dataDir, 'postgres');
let server: EmbeddedPostgres;
let lines: string[];

beforeEach(async () => {
  lines = [];
  server = await startEmbeddedPostgres({ dataDir, durable: false, log: (line) => lines.push(line) });
});
afterEach(() => server.stop());
afterAll(cleanUp);

const told = (words: string) => lines.filter((line) => line.includes(words)).length;

async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('comes back at the same address with what it had confirmed, time and again', async () => {
  await ask('CREATE TABLE notes (text text)');
  for (let life = 1; life <= 3; life += 1) {
    await ask(`INSERT INTO notes VALUES ('life ${life}')`);
    const { pid } = server;
    process.kill(pid, 'SIGKILL');
    await until(() => told('PostgreSQL runs again.') === life, 'the next life');
    expect(told('PostgreSQL ended unexpectedly (ended by SIGKILL)')).toBe(life);
    expect([server.pid === pid, isAlive(server.pid), isAlive(pid)]).toEqual([false, true, false]);
    expect(await ask('SELECT count(*)::int AS lives FROM notes')).toEqual([{ lives: life }]);
  }
});

it('tries again while it cannot, says so, and comes back when it can', async () => {
  const away = `${cluster}.away`;
  renameSync(cluster, away);
  mkdirSync(cluster);
  chmodSync(cluster, 0o700);
  process.kill(server.pid, 'SIGKILL');
  await until(() => told('could not be started again') > 1, 'two vain tries');
  renameSync(cluster, `${cluster}.empty`);
  renameSync(away, cluster);
  await until(() => told('PostgreSQL runs again.') === 1, 'the next life');
  expect(await ask('SELECT count(*)::int AS lives FROM notes')).toEqual([{ lives: 3 }]);
});

it('leaves nothing running when it is stopped while it comes back', async () => {
  for (const waitMs of [0, 5, 20, 60]) {
    process.kill(server.pid, 'SIGKILL');
    await until(() => told('ended unexpectedly') > 0, 'the report');
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    await server.stop();
    expect(postgresIn(cluster)).toEqual([]);
    expect([existsSync(server.socketDir), existsSync(join(dataDir, 'postgres.lock'))]).toEqual([false, false]);
    lines = [];
    server = await startEmbeddedPostgres({ dataDir, durable: false, log: (line) => lines.push(line) });
  }
});
