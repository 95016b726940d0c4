import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Chatter } from './chatters.js';
import type { Person } from './people.js';
import type { ServerProcess } from './server-process.js';

const patienceMs = 60_000;

/** Starts a server of several workers; it answers as soon as the first one serves. */
export async function startWorkers(server: ServerProcess): Promise<void> {
  const before = server.output.length;
  await server.start();
  await until(() => server.output.slice(before).includes(' workers at http://'));
}

export async function until(fits: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await fits()); await pause(20)) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${fits.toString()}`);
  }
}

/** Every connection names its worker. */
export const workerOf = (chatter: Chatter): string => chatter.socket.io.engine.id.split('.')[0];

/** Connects until it is at another worker than these are. */
export async function connectAwayFrom(server: ServerProcess, others: string[], person: Person): Promise<Chatter> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(20)) {
    const chatter = await connect(server, person);
    if (!others.includes(workerOf(chatter))) return chatter;
    chatter.leave();
  }
  throw new Error(`Every connection is at ${others.join()}`);
}

export function workerPids({ pid }: ServerProcess): number[] {
  return spawnSync('pgrep', ['-P', String(pid), '-x', 'node'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean).map(Number);
}
