import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { command, outcome } from '../setup/commands.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';

let db: TestDatabase;
beforeAll(async () => { db = await freshDatabase(); });
afterAll(() => db.drop());

describe('every command', () => {
  it('is named in the help, and has help of its own', async () => {
    const { code, stdout } = await command({ DATABASE_URL: db.url }, ['--help']);
    expect(code).toBe(0);
    for (const name of ['backup <file>', 'restore <file> [--force]', 'new-epoch [room]', 'reset-password <user>', 'retention [--older-than AGE]']) expect(stdout).toContain(name);
    const own = await command({ DATABASE_URL: db.url }, ['restore', '--help']);
    expect([own.code, own.stdout]).toEqual([0, expect.stringContaining('--end-sessions')]);
  });

  it('ends with 2 when it is asked for in a wrong way, and says how it is written', async () => {
    const wrong = [['burn'], ['backup'], ['backup', 'one', 'two'], ['stats', '--colour'], ['restore', 'x', '--force=yes'], ['retention'], ['retention', '--older-than', '0d'], ['retention', '--older-than', 'long'], ['erase', 'alice'], ['erase', 'alice', '--messages', 'burn']];
    for (const args of wrong) {
      const { code, stdout, stderr } = await command({ DATABASE_URL: db.url }, args);
      expect([args, code, stdout, stderr]).toEqual([args, 2, '', expect.stringMatching(/\S/)]);
    }
    expect((await command({ DATABASE_URL: 'mysql://nowhere' }, ['stats'])).code).toBe(2);
  });

  it('ends with 1 when it cannot be done, and says why without a stack', async () => {
    for (const args of [['make-admin', 'nobody'], ['new-epoch', 'nowhere'], ['sessions-end', '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e'], ['restore', '/nowhere/at/all'], ['backup', '/nowhere/at/all']]) {
      const { code, stdout, stderr } = await command({ DATABASE_URL: db.url }, args);
      expect([args, code, stdout]).toEqual([args, 1, '']);
      expect(stderr).toMatch(/\S/);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });

  it('counts for people and for programs', async () => {
    expect((await command({ DATABASE_URL: db.url }, ['stats'])).stdout).toMatch(/^users +0 \(0 admins/m);
    expect(await outcome(db.url, ['stats'])).toMatchObject({ users: { all: 0 }, liveSessions: 0, messages: { all: 0, tombstones: 0, latest: null }, latestMigration: expect.any(String) });
  });
});

it('works with the embedded PostgreSQL, whether a server runs it or not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-commands-'));
  try {
    const none = await command({ DATA_DIR: folder }, ['stats']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('none of our tables yet')]);
    const stopped = await command({ DATA_DIR: folder }, ['new-epoch']);
    expect([stopped.code, stopped.stdout]).toEqual([0, '1 room began a new epoch.\n']);
    const running = await startEmbeddedPostgres({ dataDir: folder, durable: false });
    try {
      expect((await command({ DATA_DIR: folder }, ['stats'])).stdout).toMatch(/^rooms +1 public/m);
    } finally {
      await running.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('is a program with exit codes, whose stdout is nothing but what was asked for', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [resolve('dist/src/commands/main.js'), ...args], { env: { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: db.url }, encoding: 'utf8', input: '' });
  expect(JSON.parse(run('new-epoch', 'lobby', '--json').stdout)).toEqual({ rooms: 1 });
  expect(run('burn').status).toBe(2);
  expect(run('new-epoch', 'nowhere')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('no room "nowhere"') });
}, 60_000);
