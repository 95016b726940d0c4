// Tests stand on these ports: one that somebody else takes fails a whole file.
import { spawn } from 'node:child_process';
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

it('gives none that another process was given', async () => {
  const script = `
    import { freePort } from './tools/free-port.mjs';
    const ports = [];
    for (let n = 0; n < 1000; n += 1) ports.push(await freePort());
    process.stdin.on('data', () => process.exit()).once('close', () => process.exit());
    process.stdout.write(JSON.stringify(ports));
  `;
  const other = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [text] = (await once(other.stdout, 'data')) as [Buffer];
  const theirs = new Set(JSON.parse(String(text)) as number[]);
  expect(theirs.size).toBe(1000);
  for (let n = 0; n < 500; n += 1) expect(theirs.has(await freePort())).toBe(false);
  other.stdin.end('end');
  await once(other, 'exit');
});

it('is known by whoever finds it taken, and nobody waits', async () => {
  const port = await freePort();
  const taken = createServer().listen(port, '127.0.0.1');
  await once(taken, 'listening');
  await expect(startProvider(port, 'http://127.0.0.1')).rejects.toThrow('EADDRINUSE');
  taken.close();
});
