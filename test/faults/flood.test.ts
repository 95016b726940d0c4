import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { floodAt, floodSettings, kinds } from '../../bench/load/flood.mjs';
import { say, ServerProcess, workshop } from '../setup/server-process.js';

// One account over ten sockets, at most a few thousand requests a second. The short run has other programs beside it, so it wants only that all others
// are answered, and mostly soon; the long one, alone, also compares with what they noticed just before. `npm run bench -- flood` measures.
const isLong = process.env.FAULTS === 'long';
const names = isLong ? [...kinds.sockets, ...kinds.rest] : ['all socket requests', 'all REST operations'];
const secondsEach = isLong ? 20 : 10;
const patienceMs = isLong ? 1_800_000 : 300_000;
const shop = workshop();
let server: ServerProcess;

beforeAll(async () => {
  server = await ServerProcess.in(shop.folder, { ...floodSettings, DEMO: 'off' });
});
afterAll(async () => {
  await server?.terminate();
  shop.remove();
});

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

describe('one account that floods the server', () => {
  it('keeps nobody else from sending, whatever it asks', async () => {
    await server.start();
    const rows = await floodAt(server.url, names, secondsEach, ({ name, calm, flood }) => {
      say(`${name}: p50 ${calm.p50.toFixed(1)} -> ${flood.p50.toFixed(1)} ms, p99 ${calm.p99.toFixed(0)} -> ${flood.p99.toFixed(0)} ms; ${flood.answered} answered, ${flood.refused} refused, ${flood.cut} cut`);
    });
    expect(rows.flatMap(({ name, calm, flood }) => (calm.failed + flood.failed > 0 ? [name] : []))).toEqual([]);
    const calm = { p50: median(rows.map((row) => row.calm.p50)), p99: Math.max(...rows.map((row) => row.calm.p99)) };
    const most = isLong ? { p50: 3 * calm.p50 + 25, p99: 500 + 2 * calm.p99 } : { p50: 1000, p99: 5000 };
    const slow = rows.filter(({ flood }) => flood.p50 > most.p50 || flood.p99 > most.p99).map(({ name, flood }) => ({ name, p50: flood.p50, p99: flood.p99 }));
    expect(slow).toEqual([]);
    expect(server.accidents).toEqual([]);
  }, patienceMs);
});
