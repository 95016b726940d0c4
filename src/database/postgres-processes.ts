// What we may know about other processes: enough to tell a living owner from a recycled pid, and an orphan from a stranger.
import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Running {
  /** Together with the pid it names one process for ever: pids are used again, a pid at a start time is not. */
  started: string;
  isPostgres: boolean;
  command: string;
  folder?: string;
}

/** Null when there is no such process, and for a zombie, which holds nothing any more but still answers signals. */
export function lookAt(pid: number): Running | null {
  return process.platform === 'linux' ? lookInProc(pid) : lookWithPs(pid);
}

export function lookInProc(pid: number): Running | null {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (!stat) return null;
  const nameEnds = stat.lastIndexOf(')');
  const [state, ...fields] = stat.slice(nameEnds + 2).split(' ');
  if (state === 'Z' || state === 'X') return null;
  return {
    started: fields[18],
    isPostgres: stat.slice(stat.indexOf('(') + 1, nameEnds) === 'postgres',
    command: (attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').replaceAll('\0', ' '),
    folder: attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
  };
}

export function lookWithPs(pid: number): Running | null {
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'stat=,lstart=,command=', '-p', String(pid)], { env, encoding: 'utf8' });
  const line = /^\s*(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*)$/m.exec(stdout ?? '');
  if (!line || line[1].startsWith('Z')) return null;
  return { started: line[2], isPostgres: /(^|\/)postgres( |:|$)/.test(line[3]), command: line[3] };
}

/** Every PostgreSQL process that works in this cluster. Only Linux can tell; elsewhere they end by themselves. */
export function postgresIn(cluster: string): number[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => {
    if (attempt(() => readlinkSync(`/proc/${pid}/cwd`)) !== cluster) return false;
    return lookInProc(pid)?.isPostgres === true;
  });
}

/** Sends each signal in turn until `gone`; false when even the last one did not help. */
export async function end(pid: number, gone: () => boolean, steps: [NodeJS.Signals, number][]): Promise<boolean> {
  for (const [signal, patience] of steps) {
    attempt(() => process.kill(pid, signal));
    const until = Date.now() + patience;
    while (!gone() && Date.now() < until) await sleep(10);
    if (gone()) return true;
  }
  return false;
}

/**
 * One starter per data folder, from before `initdb` until after the stop; PostgreSQL's own lock begins later than that.
 * The lock names its holder, so a holder that was killed does not block anyone. Returns the function that gives it back.
 */
export function takeLock(path: string, refuse: (holder: number) => Error): () => void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${process.pid} ${lookAt(process.pid)?.started}\n`);
  try {
    while (!linked(draft, path)) removeDeadLock(path, refuse);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** A link appears with its content, so nobody ever reads half a lock. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function removeDeadLock(path: string, refuse: (holder: number) => Error): void {
  const text = attempt(() => readFileSync(path, 'utf8'));
  if (text === undefined) return;
  const [pid, started] = text.trim().split(/ (.*)/);
  if (lookAt(Number(pid))?.started === started) throw refuse(Number(pid));
  const grave = `${path}.dead-${process.pid}`;
  if (attempt(() => renameSync(path, grave) ?? true) === undefined) return;
  // Another starter may have buried the dead lock before us, and then this is its living one: give that back.
  if (readFileSync(grave, 'utf8') !== text) attempt(() => linkSync(grave, path));
  rmSync(grave, { force: true });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
