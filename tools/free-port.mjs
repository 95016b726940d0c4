// A port for a program that has to be told before it listens. The system gives outgoing connections the ports from 32768 on
// (Linux), so a free one of those may be taken before its owner comes, or while its server starts anew. These are below.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export const ports = { from: 12_000, before: 32_768 };

/** One file for each port that was given, with the process it was given to: several of them ask at once. */
const folder = join(tmpdir(), `verbatim-ports-${userInfo().uid}`);

export async function freePort() {
  for (;;) {
    const port = randomInt(ports.from, ports.before);
    if (reserve(port) && (await isFree(port))) return port;
  }
}

function reserve(port) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!ownerRuns(file)) rmSync(file, { force: true });
    return false;
  }
}

function ownerRuns(file) {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
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
