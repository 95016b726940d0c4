// What a connection may hold, and what becomes of a transaction whose connection PostgreSQL ends.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import { asRefusal } from '../../src/common/problem.js';
import { createDataSource } from '../../src/database/data-source.js';
import { emptyDatabase, type TestDatabase } from '../setup/database.js';
import { passageTo } from '../setup/frozen.js';
import { until } from '../setup/until.js';

let db: TestDatabase;
let dataSource: DataSource;

beforeEach(async () => {
  db = await emptyDatabase();
  dataSource = await createDataSource({ url: db.url, pool: 2, statementTimeout: 10_000 }).initialize();
});
afterEach(async () => {
  await dataSource.destroy();
  await db.drop();
});

const names = ['lock_timeout', 'idle_in_transaction_session_timeout', 'tcp_user_timeout', 'tcp_keepalives_idle'];
const settings = async (source: DataSource): Promise<string[]> => {
  const rows: { setting: string }[] = await source.query(`SELECT setting FROM unnest($1::text[]) WITH ORDINALITY AS n(name, i), LATERAL (SELECT current_setting(name) AS setting) AS s ORDER BY i`, [names]);
  return rows.map(({ setting }) => setting);
};
const pidOf = async (manager: EntityManager): Promise<number> => (await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid'))[0].pid;
const hasEnded = (pid: number) => async (): Promise<boolean> => (await db.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).length === 0;

describe('a connection of the server', () => {
  it('waits for a lock for two seconds, and holds one for five without doing anything', async () => {
    expect((await settings(dataSource)).slice(0, 2)).toEqual(['2s', '5s']);
  });

  it('gives up a peer that does not answer any more', async () => {
    const passage = await passageTo(db.url);
    const { port } = new URL(passage.url);
    const tcp = (await db.query<{ tcp: string }>(`SELECT current_setting('listen_addresses') AS tcp`))[0].tcp !== '';
    const source = await createDataSource({ url: passage.url, pool: 1, statementTimeout: 10_000 }).initialize();
    const [, , userTimeout, idle] = await settings(source);
    // Over the unix socket behind the passage these mean nothing, and PostgreSQL says so.
    expect([port !== '', userTimeout, idle]).toEqual([true, tcp ? '10s' : '0', tcp ? '10' : '0']);
    await source.destroy();
    await passage.close();
  });

  it('for migrations has no such limits', async () => {
    const source = await createDataSource({ url: db.url, pool: 1, statementTimeout: 0 }).initialize();
    expect((await settings(source)).slice(0, 2)).toEqual(['0', '0']);
    await source.destroy();
  });
});

describe('a transaction whose connection ends', () => {
  const caught = async (between: (pid: number) => Promise<unknown>): Promise<{ code: string; status: number }> => {
    const error = await dataSource.transaction(async (manager) => {
      await between(await pidOf(manager));
      await manager.query('SELECT 1');
    }).catch((thrown: unknown) => thrown);
    const { code, status } = asRefusal(error);
    return { code, status };
  };

  it('because PostgreSQL stops it is refused as unavailable', async () => {
    expect(await caught(async (pid) => {
      await db.query('SELECT pg_terminate_backend($1)', [pid]);
      await until(hasEnded(pid));
      await new Promise((resolve) => { setTimeout(resolve, 100); }); // The client learns of it.
    })).toEqual({ code: 'unavailable', status: 503 });
  });

  it('because it stood still is refused as unavailable, and holds nothing any more', async () => {
    expect(await caught((pid) => until(hasEnded(pid), 60_000))).toEqual({ code: 'unavailable', status: 503 });
  });

  it.each(['55P03', '25P02', '25P03', '25006', '53100', '40P01', '57P05'])('with %s is refused as unavailable', (code) => {
    expect(asRefusal(Object.assign(new Error('what PostgreSQL says'), { code })).status).toBe(503);
  });

  it('for a reason of ours is not', () => {
    expect(asRefusal(Object.assign(new Error('syntax error'), { code: '42601' })).status).toBe(500);
  });
});
