import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { violations } from '../setup/checker.js';
import { say, ServerProcess, workshop } from '../setup/server-process.js';
import { World } from './world.js';

// A run that cannot fail proves nothing: the same people, kills and questions, at a server that breaks every promise.
const shop = workshop();
let server: ServerProcess;
let world: World;

beforeAll(async () => {
  const script = join(shop.folder, 'naive-server.mjs');
  copyFileSync(join(__dirname, 'naive-server.mjs'), script);
  server = await ServerProcess.in(shop.folder, {}, script);
  await server.start();
  world = await World.make(server, { people: 24, rooms: 4, pauseMs: 40 });
});
afterAll(async () => {
  world?.leave();
  await server?.terminate();
  shop.remove();
});

it('finds lost, repeated, misnumbered and misplaced messages at a naive server', async () => {
  world.begin();
  for (let n = 1; n <= 3; n += 1) {
    await world.acks(150);
    await pause(Math.random() * 300);
    await server.kill();
    await server.start();
  }
  await world.end(1000);
  const found = violations(await world.run());
  const of = (words: string) => found.filter((violation) => violation.includes(words));
  const [lost, repeated, misnumbered, misplaced] = ['acked but not stored', ' times: ', 'belongs', ' shows '].map((words) => of(words).length) as [number, number, number, number];
  say(`found at the naive server: ${lost} lost, ${repeated} stored repeatedly, ${misnumbered} rooms misnumbered, ${misplaced} screens unlike the history`);
  for (const count of [lost, repeated, misnumbered, misplaced]) expect(count).toBeGreaterThan(0);
});
