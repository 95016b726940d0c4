import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { prepared } from '../../src/database/prepared.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';
import { passageTo, type Passage } from '../setup/frozen.js';
import { until } from '../setup/until.js';

let db: TestDatabase;
let passage: Passage;
let dataSource: DataSource;

beforeEach(async () => {
  db = await freshDatabase();
  passage = await passageTo(db.url);
  dataSource = await createDataSource({ url: passage.url, pool: 3, statementTimeout: 10_000 }).initialize();
});
afterEach(async () => {
  await dataSource.destroy();
  await passage.close();
  await db.drop();
});

const sleepFor = (seconds: number) => prepared(dataSource, { name: 'sleeper', text: 'SELECT pg_sleep($1)', values: [seconds] });

// As when PostgreSQL is killed: nobody says goodbye. An error that nobody hears would end the process; here it fails the test.
it('survives that connections break under their statements, the very first connection like the later ones', async () => {
  const outcomes = Promise.allSettled([sleepFor(20), sleepFor(20), sleepFor(20)]);
  const asleep = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
  await until(async () => (await db.query(asleep)).length === 3);
  await passage.close();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  passage = await passageTo(db.url, Number(new URL(passage.url).port));
  await until(() => sleepFor(0).then(() => true, () => false));
});
