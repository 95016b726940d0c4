// After a restart everybody comes at once. Whom the system turns away at a full door tries again only after 1, 3, 7 and 15 s.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { freshDatabase } from '../setup/database.js';
import { ServerProcess, workshop } from '../setup/server-process.js';
import { startWorkers } from '../setup/workers.js';

const shop = workshop();
afterAll(() => { shop.remove(); });

const borneBySystem = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
const crowd = Math.min(1500, borneBySystem);

it.each([['one process', '1'], ['two workers', '2']])('the door of %s bears as many as the system does', async (_, WORKERS) => {
  const db = await freshDatabase();
  const server = await ServerProcess.in(shop.folder, { WORKERS, DATABASE_URL: db.url });
  const people: Socket[] = [];
  try {
    await (WORKERS === '1' ? server.start() : startWorkers(server));
    process.kill(server.pid, 'SIGSTOP'); // It lets nobody in, so that all of them wait at the door.
    const { hostname, port } = new URL(server.url);
    const entered = Array.from({ length: crowd }, () => {
      const one = connect(Number(port), hostname);
      people.push(one);
      return once(one, 'connect');
    });
    expect(await Promise.race([Promise.all(entered).then(() => 'all wait'), pause(20_000, 'some were turned away', { ref: false })])).toBe('all wait');
  } finally {
    for (const one of people) one.destroy();
    process.kill(server.pid, 'SIGCONT');
    await server.terminate();
    await db.drop();
  }
});
