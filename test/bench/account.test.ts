// What PostgreSQL does is put on the account of the contestant that had it done, though all of them share one.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from 'pg';
import { until } from '../setup/until.js';

interface Database { client: Client }
interface Postgres { pid: number; database(name: string): Promise<Database>; stop(): Promise<void> }
interface Contestant { server: { pid: number }; postgres: number[]; rivals: string[] }
type CpuWhile = (contestant: Contestant, work: () => Promise<unknown>) => Promise<{ cpu: { postgres: number } }>;

let postgres: Postgres;
let cpuWhile: CpuWhile;
let ours: Client;
let rival: Client;

const load = async (file: string): Promise<unknown> => await import(pathToFileURL(resolve('bench', file)).href);
const busy = (client: Client) => client.query('SELECT count(*) FROM generate_series(1, 4000000)');
const cpuOfOurs = async (work: () => Promise<unknown>): Promise<number> =>
  (await cpuWhile({ server: { pid: process.pid }, postgres: [postgres.pid], rivals: ['rival'] }, work)).cpu.postgres;

beforeAll(async () => {
  ({ cpuWhile } = await load('arena.mjs') as { cpuWhile: CpuWhile });
  postgres = await (await load('postgres.mjs') as { startPostgres(): Promise<Postgres> }).startPostgres();
  [{ client: ours }, { client: rival }] = [await postgres.database('ours'), await postgres.database('rival')];
});
afterAll(async () => {
  await ours.end();
  await postgres.stop();
});

it('counts what was done for us, and not what was done for another meanwhile or before', async () => {
  const own = await cpuOfOurs(() => busy(ours));
  expect(own).toBeGreaterThan(0);
  expect(await cpuOfOurs(() => busy(rival))).toBeLessThan(own / 2);
  await busy(rival);
  const goneBy = async (): Promise<boolean> => (await ours.query(`SELECT FROM pg_stat_activity WHERE datname = 'rival'`)).rowCount === 0;
  expect(await cpuOfOurs(async () => { await rival.end(); await until(goneBy); })).toBeLessThan(own / 2);
});
