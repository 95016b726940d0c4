// The embedded PostgreSQL as the server uses it, in this very process: what it is, what it refuses, what it recovers from.
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { findRunning, startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { lookAt, lookInProc, lookWithPs } from '../../src/database/postgres-processes.js';
import { cleanUp, isAlive, temporaryFolder, until } from './embedded-installation.js';

jest.setTimeout(120_000); // Longer than anything in them waits.

const home = temporaryFolder();
const dataDir = join(home, 'data');
const cluster = join(dataDir, 'postgres');
let server: EmbeddedPostgres | undefined;
let lines: string[] = [];

async function start(durable = false): Promise<EmbeddedPostgres> {
  lines = [];
  server = await startEmbeddedPostgres({ dataDir, durable, log: (line) => lines.push(line) });
  return server;
}

async function connect(url = server!.url): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(cleanUp);

it('is a UTF-8 database with trigrams for every alphabet, reached by a private socket only', async () => {
  const { url, socketDir, pid } = await start();
  expect(url).toBe(`postgres://verbatim@localhost:5432/verbatim?host=${encodeURIComponent(socketDir)}`);
  expect(findRunning(dataDir)).toBe(url);
  expect(statSync(socketDir).mode & 0o777).toBe(0o700);
  const names = ['server_encoding', 'listen_addresses', 'shared_buffers', 'max_connections', 'fsync', 'data_directory'];
  const values = names.map((name) => `current_setting('${name}') AS ${name}`).join(', ');
  expect(await ask(`SELECT ${values}`)).toEqual([
    { server_encoding: 'UTF8', listen_addresses: '', shared_buffers: '128MB', max_connections: '60', fsync: 'off', data_directory: cluster },
  ]);
  expect(await ask(`SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'verbatim'`)).toEqual([
    { datlocprovider: 'b', datlocale: 'C.UTF-8' },
  ]);
  await ask('CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent');
  expect(await ask(`SELECT similarity('привет', 'ПРИВЕТ') AS same, lower('ÄÉ') AS low, unaccent('déjà') AS plain`)).toEqual([
    { same: 1, low: 'äé', plain: 'deja' },
  ]);
  expect(isAlive(pid)).toBe(true);
});

it('keeps texts, addresses and hashes out of its log, in clusters of old as well', async () => {
  const { stop } = await start();
  const client = await connect(server!.url.replace('/verbatim?', '/postgres?'));
  await client.query('ALTER DATABASE verbatim RESET ALL'); // As an earlier version left it.
  await client.end();
  await stop();
  await start();
  const fails = async (sql: string, values: unknown[] = []): Promise<string> => {
    const one = await connect();
    try {
      return await one.query(sql, values).then(() => 'no error', (error: unknown) => (error as Error).message);
    } finally {
      await one.end();
    }
  };
  await ask(`CREATE TABLE people (email text UNIQUE, hash text NOT NULL CHECK (hash <> 'canary'))`);
  await ask(`INSERT INTO people VALUES ('canary@example.org', 'other')`);
  const insert = 'INSERT INTO people VALUES ($1, $2)';
  const refusals = [
    await fails(insert, ['canary@example.org', 'x']), await fails(insert, ['canary', null]), await fails(insert, ['x', 'canary']),
    await fails(`SELECT $1::text::int`, ['canary']), await fails(`SELECT 'canary'::uuid`), await fails(`SELECT canary`), await fails(`SELECT 1 / length($1) * 0 + 1 / (length($1) - 6)`, ['canary']),
    await fails(`DO $$ BEGIN RAISE EXCEPTION 'canary'; END $$`), await fails(`DO $$ BEGIN RAISE WARNING 'canary'; END $$`),
    await fails(`SELECT pg_terminate_backend(pg_backend_pid()), 'canary'`),
  ];
  expect(refusals.filter((message) => message === 'no error')).toHaveLength(1); // The warning.
  const log = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
  expect(log).toContain('starting PostgreSQL');
  expect(log).not.toContain('canary');
});

it('keeps what it was told over a stop, and leaves nothing running', async () => {
  const { pid, socketDir, stop } = await start(true);
  expect(await ask('SHOW fsync')).toEqual([{ fsync: 'on' }]);
  await ask(`CREATE TABLE notes AS SELECT 'kept' AS text`);
  await Promise.all([stop(), stop()]);
  await stop();
  expect([isAlive(pid), existsSync(socketDir), existsSync(join(dataDir, 'postgres.lock'))]).toEqual([false, false, false]);
  expect(findRunning(dataDir)).toBeNull();
  await start();
  expect(await ask('SELECT text FROM notes')).toEqual([{ text: 'kept' }]);
  expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8').match(/starting PostgreSQL/g)).toHaveLength(1);
  expect(readFileSync(join(dataDir, 'postgres.log.1'), 'utf8')).toContain('database system is shut down');
});

it('makes the database again when a kill came between initdb and its creation', async () => {
  await start();
  const client = await connect(server!.url.replace('/verbatim?', '/postgres?'));
  await client.query('CREATE DATABASE spare TEMPLATE verbatim');
  await client.query('DROP DATABASE verbatim WITH (FORCE)');
  await client.end();
  await server!.stop();
  await start();
  expect(await ask('SELECT current_database() AS name')).toEqual([{ name: 'verbatim' }]);
  const again = await connect(server!.url.replace('/verbatim?', '/postgres?'));
  await again.query('DROP DATABASE verbatim WITH (FORCE)');
  await again.query('ALTER DATABASE spare RENAME TO verbatim');
  await again.end();
});

it('refuses a second start on the same folder, and the first one goes on', async () => {
  await start();
  const refusal = `The data folder ${dataDir} is in use by process ${process.pid}: stop that one, or give this one its own DATA_DIR.`;
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(refusal);
  expect(await ask('SELECT text FROM notes')).toEqual([{ text: 'kept' }]);
});

it('reports a server that dies, and starts over its remains even while a worker is still busy', async () => {
  await start();
  const busy = await connect();
  const { rows } = await busy.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const count = busy.query('SELECT count(*) FROM generate_series(1, 1e10)').catch((error: unknown) => (error as Error).message);
  await ask(`UPDATE notes SET text = 'committed'`);
  process.kill(server!.pid, 'SIGKILL');
  await until(() => lines.length > 0, 'the report');
  expect(lines[0]).toMatch(/^PostgreSQL ended unexpectedly \(ended by SIGKILL\)/);
  await server!.stop();
  await start();
  expect(isAlive(rows[0].pid)).toBe(false);
  expect(await count).toMatch(/terminated|closed/i);
  expect(await ask('SELECT text FROM notes')).toEqual([{ text: 'committed' }]);
});

describe('with a postmaster.pid from an earlier life', () => {
  /** As the very user of the server: PostgreSQL ignores pids of other users by itself. */
  const asOwner = () => ({ uid: statSync(cluster).uid, gid: statSync(cluster).gid, stdio: 'ignore' as const });
  const strangers: [string, () => ReturnType<typeof spawn>, (pid: number) => number | undefined][] = [
    ['a living stranger', () => spawn('sleep', ['60'], asOwner()), (pid) => pid],
    ['a zombie of PostgreSQL itself', () => spawn('sh', ['-c', '"$0" 0.01 & exec sleep 60', namedPostgres()], asOwner()), (parent) => zombieOf(parent)],
  ];

  function namedPostgres(): string {
    const link = join(temporaryFolder(), 'postgres');
    symlinkSync(spawnSync('sh', ['-c', 'command -v sleep'], { encoding: 'utf8' }).stdout.trim(), link);
    return link;
  }

  it.each(strangers)('starts although its number is now that of %s', async (_name, make, numberOf) => {
    const child = make();
    try {
      await until(() => numberOf(child.pid!) !== undefined, 'the stranger');
      const file = join(cluster, 'postmaster.pid');
      writeFileSync(file, `${numberOf(child.pid!)}\n${cluster}\n1700000000\n5432\n/tmp/gone\n\n  1234567         1\nready   \n`);
      chownSync(file, asOwner().uid, asOwner().gid);
      await start();
      expect(await ask('SELECT text FROM notes')).toEqual([{ text: 'committed' }]);
      expect(isAlive(child.pid!)).toBe(true);
    } finally {
      child.kill('SIGKILL');
    }
  });

  function childOf(parent: number, state = ''): number | undefined {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
    const found = new RegExp(`^ *(\\d+) +${parent} +${state}`, 'm').exec(stdout);
    return found ? Number(found[1]) : undefined;
  }

  const zombieOf = (parent: number) => childOf(parent, 'Z');

  it('takes the lock of a holder that is dead but not buried', async () => {
    const parent = spawn('sh', ['-c', 'sleep 2 & exec sleep 60'], { stdio: 'ignore' });
    try {
      await until(() => childOf(parent.pid!) !== undefined, 'the holder');
      const holder = childOf(parent.pid!)!;
      writeFileSync(join(dataDir, 'postgres.lock'), `${holder} ${lookAt(holder)?.started}\n`);
      await expect(start()).rejects.toThrow(`in use by process ${holder}`);
      await until(() => zombieOf(parent.pid!) === holder, 'its death');
      await start();
      expect(await ask('SELECT text FROM notes')).toEqual([{ text: 'committed' }]);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

describe('when it cannot start', () => {
  it("says so at once in PostgreSQL's own words, and a repaired folder starts", async () => {
    const path = join(cluster, 'postgresql.conf');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, `${good}\nno_such_setting = 1\n`);
    await expect(start()).rejects.toThrow(/PostgreSQL did not start \(exit code 1\)[^]*unrecognized configuration parameter "no_such_setting"/);
    writeFileSync(path, good);
    await start();
    expect(await ask('SELECT text FROM notes')).toEqual([{ text: 'committed' }]);
  });

  it('touches no folder that holds something else, and follows no link into the void', async () => {
    const strange = join(temporaryFolder(), 'data');
    mkdirSync(join(strange, 'postgres'), { recursive: true });
    writeFileSync(join(strange, 'postgres', 'holiday.jpg'), 'photo');
    await expect(startEmbeddedPostgres({ dataDir: strange })).rejects.toThrow(/holds files but no PostgreSQL database: move them away/);
    expect(readdirSync(join(strange, 'postgres'))).toEqual(['holiday.jpg']);
    rmSync(join(strange, 'postgres'), { recursive: true });
    symlinkSync(join(strange, 'gone'), join(strange, 'postgres'));
    await expect(startEmbeddedPostgres({ dataDir: strange })).rejects.toThrow(/points to a database that is gone/);
  });
});

it('reads the same of a process from ps, for systems without /proc', () => {
  const seen = lookWithPs(process.pid);
  expect(seen?.command).toContain('jest');
  expect(seen?.isPostgres).toBe(false);
  expect(lookWithPs(process.pid)?.started).toBe(seen?.started);
  expect(lookWithPs(2 ** 22 + 1)).toBeNull();
  if (process.platform === 'linux') expect(lookInProc(process.pid)?.command.trim()).toBe(seen?.command.trim());
});
