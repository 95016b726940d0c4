import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startServer, type TestServer } from '../setup/server.js';
import { ChaosRun } from './chaos.js';

/** CHAOS_SECONDS=60 is the long form. */
const seconds = Number(process.env.CHAOS_SECONDS ?? 10);

let server: TestServer;
let run: ChaosRun;

beforeAll(async () => {
  server = await startServer();
  run = new ChaosRun(server);
});

afterAll(async () => {
  await run.end();
  await server.close();
});

it(`loses nothing, doubles nothing and shows no hole to ten people on bad links for ${seconds} s`, async () => {
  await run.gather(10);
  const report = await run.rage(seconds);
  process.stdout.write(`Chaos: ${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ stored: report.sent, lost: 0, duplicates: 0, holes: 0, disagreements: [] });
  expect(report.worstDelayMs).toBeLessThanOrEqual(35_000);
  expect(report.sent).toBeGreaterThan(seconds * 10);
}, (seconds + 120) * 1000);
