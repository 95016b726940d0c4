// Tests stand on these ports: one that somebody else takes fails a whole file.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { freePort, ports } from '../../tools/free-port.mjs';
import { startProvider } from './google.js';

it('gives each port once, and none that outgoing connections are given', async () => {
  const given = await Promise.all(Array.from({ length: 200 }, freePort));
  expect(new Set(given).size).toBe(200);
  for (const port of given) expect(port >= ports.from && port < 32_768).toBe(true);
});

it('is known by whoever finds it taken, and nobody waits', async () => {
  const port = await freePort();
  const taken = createServer().listen(port, '127.0.0.1');
  await once(taken, 'listening');
  await expect(startProvider(port, 'http://127.0.0.1')).rejects.toThrow('EADDRINUSE');
  taken.close();
});
