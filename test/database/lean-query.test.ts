// A statement in one write whose answer nobody describes: what comes back, what does not fit, and a connection that ends meanwhile.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf, withConnection } from '../../src/database/pool.js';
import { leanRowsOf } from '../../src/database/prepared.js';
import { emptyDatabase, type TestDatabase } from '../setup/database.js';

let db: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  db = await emptyDatabase();
  dataSource = await createDataSource({ url: db.url, pool: 1, statementTimeout: 10_000 }).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await db.drop();
});

const ask = (name: string, text: string, ...values: (string | null)[]): Promise<(string | null)[][]> =>
  withConnection(poolOf(dataSource), (client) => leanRowsOf(client, { name, text, values }));
const echo = (...values: (string | null)[]): Promise<(string | null)[][]> => ask('echo', 'SELECT $1::text, $2::text, 7::bigint', ...values);
const pid = async (): Promise<string> => (await ask('pid', 'SELECT pg_backend_pid()'))[0][0] as string;

it('gives the rows as text, first and again', async () => {
  for (const text of ['plain', 'Grüße, 世界 👍', '', "'; DROP TABLE rooms; --", 'x'.repeat(100_000)]) {
    expect(await echo(text, null)).toEqual([[text, null, '7']]);
  }
  expect(await ask('three', 'SELECT n, n = 2 FROM generate_series(1, $1::int) AS n', '3')).toEqual([['1', 'f'], ['2', 't'], ['3', 'f']]);
  expect(await ask('none', 'SELECT 1 WHERE $1::bool', 'false')).toEqual([]);
});

it('is planned once for each connection', async () => {
  await echo('a', 'b');
  await echo('c', 'd');
  const names = await dataSource.query<{ name: string }[]>(`SELECT name FROM pg_prepared_statements WHERE name = 'echo'`);
  expect(names).toEqual([{ name: 'echo' }]);
});

it('says what PostgreSQL has against it, and leaves a connection that works', async () => {
  const before = await pid();
  for (const [name, text, value, code] of [['number', 'SELECT $1::int', 'no number', '22P02'], ['nonsense', 'SELEKT $1', 'x', '42601'], ['by zero', 'SELECT 1 / $1::int', '0', '22012']] as const) {
    for (let time = 0; time < 2; time += 1) {
      const error: unknown = await ask(name, text, value).catch((refused: unknown) => refused);
      expect([error instanceof DatabaseError, (error as DatabaseError).code]).toEqual([true, code]);
    }
  }
  expect(await ask('number', 'SELECT $1::int', '42')).toEqual([['42']]);
  expect(await pid()).toBe(before);
});

it('fails when its connection ends meanwhile, and the next one takes another', async () => {
  const before = await pid();
  const waiting = ask('sleep', 'SELECT pg_sleep($1::float)', '30').catch((error: unknown) => error);
  await db.query('SELECT pg_terminate_backend($1)', [before]);
  expect(await waiting).toHaveProperty('message'); // PostgreSQL's, or that of the socket, which Node makes with an `Error` that is not Jest's.
  expect(await pid()).not.toBe(before);
});
