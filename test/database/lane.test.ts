// A connection that is kept: for how long, for whom, and what becomes of it when it breaks.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { Lane } from '../../src/database/lane.js';
import { poolOf } from '../../src/database/pool.js';
import { emptyDatabase, type TestDatabase } from '../setup/database.js';
import { passageTo } from '../setup/frozen.js';
import { until } from '../setup/until.js';

let db: TestDatabase;
let dataSource: DataSource;
let pool: Pool;
let lane: Lane;

beforeEach(async () => {
  db = await emptyDatabase();
  dataSource = await createDataSource({ url: db.url, pool: 2, statementTimeout: 10_000 }).initialize();
  pool = poolOf(dataSource);
  lane = new Lane(pool);
});
afterEach(async () => {
  lane.close();
  await dataSource.destroy();
  await db.drop();
});

const ask = <Value>(text: string) => async (client: PoolClient): Promise<Value> => (await client.query<{ answer: Value }>(`SELECT ${text} AS answer`)).rows[0].answer;
const pid = ask<number>('pg_backend_pid()');
const kept = (): number => pool.totalCount - pool.idleCount;

describe('a lane', () => {
  it('keeps its connection from one to the next, and gives it back after a rest', async () => {
    const first = await lane.run(pid);
    expect([await lane.run(pid), await lane.run(pid)]).toEqual([first, first]);
    expect(kept()).toBe(1);
    await until(() => kept() === 0);
    expect(await lane.run(pid)).toBe(first);
  });

  it('does not rest while somebody works', async () => {
    expect(await lane.run(ask('pg_sleep(2.5)::text'))).toBe('');
    expect(kept()).toBe(1);
  });

  it('sends those who come while it is busy to the pool', async () => {
    const [mine, another] = await Promise.all([lane.run(pid), lane.run(pid)]);
    expect(another).not.toBe(mine);
    expect(await lane.run(pid)).toBe(mine);
    expect(kept()).toBe(1);
  });

  it('keeps a connection on which a statement was refused', async () => {
    const first = await lane.run(pid);
    await expect(lane.run(ask('1 / 0'))).rejects.toMatchObject({ code: '22012' });
    expect(await lane.run(pid)).toBe(first);
  });

  it('takes another one after it broke under a statement', async () => {
    const first = await lane.run(pid);
    const waiting = lane.run(ask('pg_sleep(30)')).catch((error: unknown) => error);
    await db.query('SELECT pg_terminate_backend($1)', [first]);
    expect(await waiting).toBeInstanceOf(Error);
    expect(await lane.run(pid)).not.toBe(first);
    expect(pool.totalCount).toBe(1);
  });

  it('takes another one after it broke while nobody used it: no work fails for it', async () => {
    const first = await lane.run(pid);
    await db.query('SELECT pg_terminate_backend($1)', [first]);
    await until(() => kept() === 0);
    expect(await lane.run(pid)).not.toBe(first);
  });

  it('gives up what PostgreSQL does not even refuse, and takes another connection', async () => {
    const passage = await passageTo(db.url);
    const there = await createDataSource({ url: passage.url, pool: 2, statementTimeout: 100 }).initialize();
    const hanging = new Lane(poolOf(there));
    const first = await hanging.run(pid);
    passage.freeze();
    const from = performance.now();
    await expect(hanging.run(pid)).rejects.toThrow('Connection terminated');
    expect(performance.now() - from).toBeGreaterThan(2000);
    passage.thaw();
    expect(await hanging.run(pid)).not.toBe(first);
    hanging.close();
    await there.destroy();
    await passage.close();
  });

  it('leaves it to pg to watch over a connection that it gave back', async () => {
    await lane.run(pid);
    await until(() => kept() === 0);
    const client = await pool.connect();
    expect(client).toMatchObject({ connectionParameters: { query_timeout: 12_000 } });
    client.release();
  });

  it('lets the pool end, and works without keeping anything once it is closed', async () => {
    const underWay = lane.run(ask('pg_sleep(0.3)::text'));
    lane.close();
    expect(await underWay).toBe('');
    expect(kept()).toBe(0);
    await lane.run(pid);
    expect(kept()).toBe(0);
    await dataSource.destroy();
    await expect(lane.run(pid)).rejects.toThrow();
    dataSource = await createDataSource({ url: db.url, pool: 2, statementTimeout: 10_000 }).initialize();
  });
});
