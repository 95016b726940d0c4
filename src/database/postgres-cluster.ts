// The folder with the data: where it is, how it comes to be, and what earlier servers left behind in it.
import { createHash } from 'node:crypto';
import {
  chmodSync, closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, realpathSync,
  renameSync, rmSync, rmdirSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canEnter, giveTo, startAs, type Account } from './postgres-account.js';
import { end, lookAt, postgresIn } from './postgres-processes.js';

export const superuser = 'verbatim';
export const port = 5432;
export const usualConnections = 60;

/**
 * What `initdb` writes into postgresql.conf, where the operator may change it. Sized for a small node with two cores and a disk that does not spin: at the
 * usual price of a random page, a table of fifty rooms is read as a whole for each message.
 */
const settings = { max_connections: usualConnections, shared_buffers: '128MB', random_page_cost: 1.1, log_checkpoints: 'off', timezone: 'UTC', log_timezone: 'UTC' };

/** pg_trgm sees letters beyond ASCII only with a UTF-8 ctype of the system. Not every system has the first; all have the last. */
const ctypes = ['C.UTF-8', 'en_US.UTF-8', 'C'];

/** Where the cluster of this data folder lives. Root's servant may be unable to enter the data folder. */
export function placeOfCluster(dataDir: string, account: Account, log: (line: string) => void): string {
  const cluster = join(dataDir, 'postgres');
  if (lstatSync(cluster, { throwIfNoEntry: false })) return existingCluster(cluster, account);
  if (!canEnter(account, dataDir) && canEnter(account, dirname(realpathSync(dataDir)))) letPass(dataDir, account, log);
  return canEnter(account, dataDir) ? cluster : elsewhere(dataDir, account, log);
}

/** Passing through is all it allows: nobody new can list the folder, and everything of ours in it has a mode of its own. */
function letPass(dataDir: string, account: Account, log: (line: string) => void): void {
  if (process.getuid!() !== 0) return;
  log(`PostgreSQL runs as ${account.name}, who cannot pass through ${dataDir}: allowing it (chmod o+x).`);
  chmodSync(dataDir, statSync(dataDir).mode & 0o7777 | 0o001);
}

/**
 * The way to the data folder is closed (say, it lies below /root), and not ours to open. A link in the data folder remembers
 * where the cluster went, so that later permissions cannot make us start empty.
 */
function elsewhere(dataDir: string, account: Account, log: (line: string) => void): string {
  const path = realpathSync(dataDir);
  const name = `${path.slice(1).replaceAll('/', '-').slice(-60)}-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`;
  const home = join('/var/lib/verbatim', name);
  mkdirSync(home, { recursive: true });
  for (const folder of [dirname(home), home]) chmodSync(folder, 0o755);
  if (!canEnter(account, home)) throw new Error(`${account.name} can enter neither ${dataDir} nor ${home}: ${anotherFolder}.`);
  log(`PostgreSQL runs as ${account.name}, who cannot enter ${dataDir}: the database lives in ${home} instead.`);
  return join(home, 'postgres');
}

const anotherFolder = 'choose another DATA_DIR, open the way to it (chmod o+x), or set DATABASE_URL';

function existingCluster(link: string, account: Account): string {
  if (!existsSync(link)) {
    throw new Error(`${link} points to a database that is gone. Put it back, or remove the link to start with an empty one.`);
  }
  const cluster = realpathSync(link);
  if (canEnter(account, cluster) || readdirSync(cluster).length === 0) return cluster;
  throw new Error(`${account.name} cannot enter the database folder ${cluster}: start as its owner, ${anotherFolder}.`);
}

/** Built under another name and renamed when complete, so that a kill half way leaves nothing that looks like a cluster. */
export async function ensureCluster(cluster: string, initdb: string, account: Account, durable: boolean): Promise<void> {
  const home = dirname(cluster);
  const draft = join(home, 'postgres.initdb-');
  for (const name of readdirSync(home)) {
    if (join(home, name).startsWith(draft)) rmSync(join(home, name), { recursive: true, force: true, maxRetries: 5 });
  }
  if (existsSync(join(cluster, 'PG_VERSION'))) return;
  if (existsSync(cluster) && readdirSync(cluster).length > 0) {
    throw new Error(`${cluster} holds files but no PostgreSQL database: move them away, or choose another DATA_DIR.`);
  }
  const fresh = mkdtempSync(draft);
  giveTo(account, fresh);
  await initialise(fresh, initdb, account, durable);
  renameSync(fresh, cluster);
  if (durable) syncFolder(home);
}

async function initialise(folder: string, initdb: string, account: Account, durable: boolean): Promise<void> {
  for (const ctype of ctypes) {
    const output = await runInitdb(initdb, initdbOptions(folder, ctype, durable), account);
    if (output === null) return;
    if (output.includes('invalid locale name') && ctype !== 'C') continue;
    throw new Error(`PostgreSQL could not create a database in ${folder}:\n${output}`);
  }
}

/**
 * No password: the only way in is a socket in a folder of mode 0700, so whoever can connect could read the files as well. And
 * peer authentication would lock out root, who is not the user that PostgreSQL runs as.
 */
function initdbOptions(folder: string, ctype: string, durable: boolean): string[] {
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', `--lc-ctype=${ctype}`];
  const access = [`--username=${superuser}`, '--auth-local=trust', '--auth-host=reject'];
  const config = Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`);
  return [`--pgdata=${folder}`, '--no-instructions', ...locale, ...access, ...config, ...(durable ? [] : ['--no-sync'])];
}

/** What it said when it failed, null when it did not. */
function runInitdb(initdb: string, options: string[], account: Account): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = startAs(account, [initdb, ...options], ['ignore', 'pipe', 'pipe']);
    const said: string[] = [];
    child.stdout!.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? null : said.join('').trim()));
  });
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** Remembers in the data folder where the cluster is, when it is elsewhere. */
export function linkTo(cluster: string, dataDir: string): void {
  const link = join(dataDir, 'postgres');
  if (!existsSync(link)) symlinkSync(cluster, link);
}

/** PostgreSQL's postmaster.pid: pid, socket folder and status, by line. */
export function readPidFile(cluster: string): { pid: number; socketDir: string; ready: boolean } | null {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), socketDir: lines[4] ?? '', ready: lines[7]?.trim() === 'ready' };
  } catch {
    return null;
  }
}

/** Clears what a killed server left. Only for the holder of the lock: no living starter of ours has anything here. */
export async function clearLeftovers(cluster: string, log: (line: string) => void): Promise<void> {
  const file = readPidFile(cluster);
  if (file) {
    await stopOrphans(cluster, file.pid, log);
    forgetStranger(cluster, file.pid);
  }
  const lastStart = join(cluster, 'postmaster.opts');
  const socketDir = existsSync(lastStart) && /unix_socket_directories=([^"]*)/.exec(readFileSync(lastStart, 'utf8'))?.[1];
  if (socketDir) removeSocketDir(socketDir);
}

/** A server that outlived us, or the workers of one that was killed and which still hold its shared memory. */
async function stopOrphans(cluster: string, postmaster: number, log: (line: string) => void): Promise<void> {
  const seen = lookAt(postmaster);
  if (seen?.isPostgres && seen.command.includes(`-D ${cluster} -c cluster_name=${superuser} `)) {
    log(`Stopping the PostgreSQL (process ${postmaster}) that an earlier start left behind.`);
    await end(postmaster, () => lookAt(postmaster)?.started !== seen.started, [['SIGINT', 20_000], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]]);
  } else if (seen?.isPostgres) {
    return;
  }
  const quick: [NodeJS.Signals, number][] = [['SIGQUIT', 3_000], ['SIGKILL', 3_000]];
  await Promise.all(postgresIn(cluster).map((pid) => end(pid, () => lookAt(pid) === null, quick)));
}

/**
 * PostgreSQL believes in its pid file as long as any process has that number, a stranger or a zombie. It knows that its own
 * parent is no server: with our number there it carries on, and still checks the shared memory that the file names.
 */
function forgetStranger(cluster: string, pid: number): void {
  const path = join(cluster, 'postmaster.pid');
  const seen = lookAt(pid);
  const serverHere = seen?.isPostgres && (seen.folder ?? cluster) === cluster;
  if (serverHere || !existsSync(path)) return;
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^-?\d*/, String(process.pid)));
}

const socketNames = [`.s.PGSQL.${port}`, `.s.PGSQL.${port}.lock`];
const socketFolderName = 'verbatim-pg-';
const longestSocketPath = 103;

/** Not in the data folder: a socket's path may have 103 bytes on macOS (107 on Linux), and a mounted volume may not take sockets. */
export function makeSocketDir(account: Account): string {
  const fits = (base: string) => join(base, `${socketFolderName}XXXXXX`, socketNames[0]);
  const base = [tmpdir(), '/tmp'].find((dir) => Buffer.byteLength(fits(dir)) <= longestSocketPath && canEnter(account, dir));
  if (!base) throw new Error(`${account.name} cannot enter ${tmpdir()}, nor /tmp, for a socket: set TMPDIR to a folder with a short name.`);
  const folder = mkdtempSync(join(base, socketFolderName));
  giveTo(account, folder);
  return folder;
}

/** The same folder once more, for the same address. Whoever took the name meanwhile makes this fail, and does not get our clients. */
export function remakeSocketDir(folder: string, account: Account): void {
  removeSocketDir(folder);
  mkdirSync(folder, { mode: 0o700 });
  giveTo(account, folder);
}

/** File by file and never recursively: the name may come from a file that is not ours alone to write. */
export function removeSocketDir(folder: string): void {
  if (!/^\/.*\/verbatim-pg-\w{6}$/.test(folder)) return;
  try {
    for (const name of socketNames) rmSync(join(folder, name), { force: true });
    rmdirSync(folder);
  } catch {
    // Already gone, or a stranger put something in it: not worth failing a start.
  }
}
