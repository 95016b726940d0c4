// Arrays written by hand, as PostgreSQL reads them.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { plainArray, textArray } from '../../src/database/arrays.js';
import { emptyDatabase, type TestDatabase } from '../setup/database.js';

let db: TestDatabase;

beforeAll(async () => { db = await emptyDatabase(); });
afterAll(() => db.drop());

const read = async (type: string, written: string): Promise<unknown> => (await db.query<{ list: unknown }>(`SELECT $1::${type}[] AS list`, [written]))[0].list;

it('of texts say what was said, whatever it is', async () => {
  const texts = ['', ' ', 'plain', 'NULL', 'null', '"', '\\', '\\"', '"\\', 'a\\nb', '{}', '{a,b}', ',', '1,2', "'", "'; DROP TABLE rooms; --", 'line\nline\r\n\t', '{"json": "\\u0041"}', 'Grüße, 世界 👍', '"'.repeat(1000)];
  expect(await read('text', textArray(texts))).toEqual(texts);
  expect(await read('text', textArray([]))).toEqual([]);
  for (const text of texts) expect(await read('text', textArray([text]))).toEqual([text]);
});

it('of anything else say numbers, ids and nothing', async () => {
  const id = '01a21cad-44ee-726f-ae58-f825ff172109';
  expect(await read('uuid', plainArray([id, null], (one) => one))).toEqual([id, null]);
  expect(await read('int', plainArray([1, -2, null], (one) => one))).toEqual([1, -2, null]);
  expect(await read('int', plainArray([], () => 1))).toEqual([]);
});
