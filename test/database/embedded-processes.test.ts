// The embedded PostgreSQL and the process that holds it: killed, raced, interrupted, and run by root or by an ordinary user.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Probe, cleanUp, endProbes, install, isAlive, makeFolder, people, temporaryFolder, until, usedDataDir, type Who,
} from './embedded-installation.js';

jest.setTimeout(120_000); // Longer than anything in them waits.

let installation: string;

beforeAll(() => {
  installation = install(temporaryFolder());
});

afterEach(endProbes);
afterAll(cleanUp);

/** Whether this machine's kernel can be told to end PostgreSQL with us; elsewhere the next start does it. */
const kernelHelps = spawnSync('setpriv', ['--pdeathsig', 'INT', '--', 'true']).status === 0;

/** A PATH with everything but `setpriv`, as on macOS and on small Linux systems. */
function pathWithoutSetpriv(): string {
  const folder = temporaryFolder();
  for (const tool of ['sh', 'true', 'ps']) {
    const found = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
    if (found.startsWith('/')) symlinkSync(found, join(folder, tool));
  }
  return folder;
}

describe.each(people)('started by %s', (_name, who: Who) => {
  const start = (dataDir: string, manner = 'stay', env: NodeJS.ProcessEnv = {}) => new Probe(installation, [dataDir, manner], who, env);
  const newDataDir = () => join(temporaryFolder(who), 'data');

  const killed = async () => {
    const dataDir = await usedDataDir(installation, who);
    const first = start(dataDir);
    const { pid, socketDir } = await first.says('ready');
    await first.kill('SIGKILL');
    await until(() => !isAlive(pid), 'PostgreSQL to follow its starter');
    const second = await start(dataDir).says('ready');
    expect(second.notes).toBe(3);
    expect(existsSync(socketDir)).toBe(false);
  };
  if (kernelHelps) it('leaves no PostgreSQL behind when it is killed, and the next start finds the data', killed);

  it('stops the orphan of a killed start where the kernel cannot', async () => {
    const dataDir = await usedDataDir(installation, who);
    const first = start(dataDir, 'stay', { PATH: pathWithoutSetpriv() });
    const { pid } = await first.says('ready');
    await first.kill('SIGKILL');
    await sleep(300);
    expect(isAlive(pid)).toBe(true);
    const second = start(dataDir);
    expect((await second.says('ready')).notes).toBe(3);
    expect(second.logs).toContain(`process ${pid}`);
    expect(isAlive(pid)).toBe(false);
  });

  it('lets the app drain after Ctrl-C, and ends PostgreSQL after it', async () => {
    const dataDir = await usedDataDir(installation, who);
    const app = start(dataDir, 'drain');
    const { pid } = await app.says('ready');
    // What a terminal does: the signal goes to every process of the group.
    process.kill(-app.child.pid!, 'SIGINT');
    expect(await app.says('drained')).toEqual([{ notes: 2 }]);
    expect(await app.says('stopped')).toBe(true);
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.log', 'postgres.log.1']);
  });

  it('lets one of two first starts win, and tells the other whom it met', async () => {
    const dataDir = newDataDir();
    const starts = [start(dataDir), start(dataDir)];
    const [one, other] = await Promise.all(starts.map((probe) => probe.outcome()));
    const winner = starts.find((probe) => probe.news.some(({ ready }) => ready))!;
    expect([one.error, other.error].filter(Boolean)).toEqual([
      `The data folder ${dataDir} is in use by process ${winner.child.pid}: stop that one, or give this one its own DATA_DIR.`,
    ]);
    // The same once more over the lock of a dead holder.
    await winner.kill('SIGKILL');
    const again = [start(dataDir), start(dataDir), start(dataDir)];
    const outcomes = await Promise.all(again.map((probe) => probe.outcome()));
    expect(outcomes.filter(({ ready }) => ready).map(({ ready }) => ready!.notes)).toEqual([2]);
    expect(outcomes.filter(({ error }) => error?.includes('is in use by process'))).toHaveLength(2);
  });

  it('recovers from a kill in the middle of initdb', async () => {
    const dataDir = newDataDir();
    const first = start(dataDir, 'stay', { PATH: pathWithoutSetpriv() });
    const draft = () => existsSync(dataDir) && readdirSync(dataDir).find((name) => name.startsWith('postgres.initdb-'));
    await until(() => Boolean(draft() && existsSync(join(dataDir, draft() as string, 'global'))), 'initdb to be half done');
    await first.kill('SIGKILL');
    expect(draft()).toBeTruthy();
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
    expect((await start(dataDir).says('ready')).notes).toBe(1);
    expect(draft()).toBeUndefined();
  });

  it('does not keep a process alive that has nothing else to do, and ends with it', async () => {
    const leaving = start(await usedDataDir(installation, who), 'leave', { PATH: pathWithoutSetpriv() });
    const { pid } = await leaving.says('ready');
    await leaving.ended();
    await until(() => !isAlive(pid), 'PostgreSQL to end');
  });

  it('cares neither for the locale nor for the PostgreSQL variables of its surroundings, and passes no secret on', async () => {
    const odd = { LANG: 'xx_XX.ISO-8859-1', LC_ALL: 'nonsense', PGPORT: '1', PGHOST: 'example.invalid', PGDATABASE: 'other' };
    const { notes, pid } = await start(newDataDir(), 'stay', { ...odd, JWT_SECRET: 'not-for-postgres' }).says('ready');
    expect(notes).toBe(1);
    const seen = spawnSync('ps', ['eww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
    expect(seen).toContain('LC_ALL=C');
    expect(seen).not.toContain('not-for-postgres');
  });

  it('says at once that a data folder is not for it to write', async () => {
    const closed = temporaryFolder();
    const dataDir = join(closed, 'postgres-data');
    // A file where the folder should be stops root as well.
    symlinkSync('/dev/null', dataDir);
    expect(await start(dataDir).says('error')).toMatch(/^Cannot write in the data folder .*choose another DATA_DIR\.$/);
  });
});

it('says what to do on a machine without binaries', async () => {
  const probe = new Probe(installation, [join(temporaryFolder(), 'data')], {}, { PROBE_PLATFORM: 'sunos' });
  expect(await probe.says('error')).toMatch(/^No embedded PostgreSQL exists for sunos-\w+: set DATABASE_URL to /);
});

it('gives the parents that it makes the usual mode, and only the database a private one', async () => {
  const [, who] = people.at(-1)!;
  const home = makeFolder(join(temporaryFolder(), 'home'), who);
  const dataDir = join(home, 'one', 'x'.repeat(120), 'data');
  const { socketDir } = await new Probe(installation, [dataDir, 'stay'], who).says('ready');
  const mode = (path: string) => statSync(path).mode & 0o777;
  expect([mode(join(home, 'one')), mode(dataDir)]).toEqual([0o777 & ~process.umask(), 0o777 & ~process.umask()]);
  expect([mode(join(dataDir, 'postgres')), mode(socketDir)]).toEqual([0o700, 0o700]);
  expect(Buffer.byteLength(join(socketDir, '.s.PGSQL.5432'))).toBeLessThan(104);
  expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).toContain('ready to accept connections');
});
