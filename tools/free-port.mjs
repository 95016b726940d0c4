// A port for who has to be told before it listens. The system gives outgoing connections the ports from 32768 on (Linux), so a
// free one of those may be taken before its owner comes, or while a server that has it is started anew. These are below.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

export const ports = { from: 12_000, before: 32_768 };

const given = new Set();

export async function freePort() {
  for (;;) {
    const port = randomInt(ports.from, ports.before);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port) {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if (error.code === 'EADDRINUSE') return false;
    throw error;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
