// A real PostgreSQL of our own for development, demos and small single-node installs: no DATABASE_URL, nothing to install.
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { accountFor, startAs, type Account } from './postgres-account.js';
import { findBinaries, packageFolder } from './postgres-binaries.js';
import {
  clearLeftovers, ensureCluster, linkTo, makeSocketDir, placeOfCluster, port, readPidFile, remakeSocketDir, removeSocketDir, superuser,
  usualConnections,
} from './postgres-cluster.js';
import { end, lookAt, takeLock } from './postgres-processes.js';

export interface EmbeddedPostgres {
  /** `postgres://verbatim@localhost:5432/verbatim?host=%2Fsocket%2Ffolder`: complete, so that PGPORT and kin cannot bend it. */
  url: string;
  socketDir: string;
  /** Of the postmaster that runs now: another one after a crash. */
  readonly pid: number;
  /** Disconnects every client, writes everything to disk, ends within half a minute. May be called more than once. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** The cluster lives in `<dataDir>/postgres`, its log in `<dataDir>/postgres.log` (the one before it in `.log.1`). */
  dataDir: string;
  /** False, for tests, gives up safety against power cuts for speed; a killed PostgreSQL still loses nothing. */
  durable?: boolean;
  /** How many connections there will be; what is configured is enough for a single process. */
  connections?: number;
  log?: (line: string) => void;
}

type Log = (line: string) => void;
const database = 'verbatim';
// Not synchronous_commit=off: without fsync it saves nothing, and a killed PostgreSQL would lose commits it had confirmed.
const longestWaitMs = 30_000;
const notDurable = ['fsync=off', 'full_page_writes=off'];
/** Statements, parameters, details and contexts hold what people wrote, their addresses and password hashes. */
const discreet = [
  'log_error_verbosity=terse', 'log_min_error_statement=panic', 'log_statement=none', 'log_min_duration_statement=-1', 'log_min_duration_sample=-1',
  'log_transaction_sample_rate=0', 'log_parameter_max_length=0', 'log_parameter_max_length_on_error=0', 'debug_print_parse=off',
];

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const packaged = packageFolder();
  const dataDir = resolve(options.dataDir);
  const unlock = lockFolder(dataDir);
  try {
    return await startLocked({ ...options, dataDir }, packaged, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The URL of the server that runs on this data folder now, whoever started it. */
export function findRunning(dataDir: string): string | null {
  try {
    const server = readPidFile(realpathSync(join(dataDir, 'postgres')));
    return server?.ready && lookAt(server.pid)?.isPostgres ? urlOf(server.socketDir) : null;
  } catch {
    return null;
  }
}

function lockFolder(dataDir: string): () => void {
  const inUse = (pid: number) =>
    new Error(`The data folder ${dataDir} is in use by process ${pid}: stop that one, or give this one its own DATA_DIR.`);
  try {
    // Without a mode: it would apply to every parent folder that is made on the way.
    mkdirSync(dataDir, { recursive: true });
    return takeLock(join(dataDir, 'postgres.lock'), inUse);
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code) throw error;
    throw new Error(`Cannot write in the data folder ${dataDir} (${(error as Error).message}): choose another DATA_DIR.`, { cause: error });
  }
}

async function startLocked(options: EmbeddedPostgresOptions, packaged: string, unlock: () => void): Promise<EmbeddedPostgres> {
  const { dataDir, durable = true, connections = 0, log = () => {} } = options;
  const account = accountFor(join(dataDir, 'postgres'));
  const cluster = placeOfCluster(dataDir, account, log);
  const binaries = findBinaries(packaged, join(cluster, '..'), account, log);
  await clearLeftovers(cluster, log);
  await ensureCluster(cluster, binaries.initdb, account, durable);
  linkTo(cluster, dataDir);
  const socketDir = makeSocketDir(account);
  const server = new Server({ logFile: join(dataDir, 'postgres.log'), postgres: binaries.postgres, cluster, socketDir, account, durable, connections, log });
  process.on('exit', server.interrupt);
  server.launch();
  try {
    await server.becomesReady();
    await ensureDatabase(socketDir);
  } catch (error) {
    await server.end();
    throw error;
  }
  server.stay();
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= server.end().finally(unlock));
  return { url: urlOf(socketDir), socketDir, get pid() { return server.child.pid!; }, stop };
}

interface Place {
  logFile: string;
  postgres: string;
  cluster: string;
  socketDir: string;
  account: Account;
  durable: boolean;
  connections: number;
  log: Log;
}

/** The PostgreSQL server process. When it dies without being asked to, another takes its place, at the same address. */
class Server {
  child: ChildProcess;
  private failure: string | undefined;
  private readonly ending = new AbortController();
  private reviving: Promise<void> | undefined;

  constructor(private readonly place: Place) {}

  launch(): void {
    const { logFile, postgres, cluster, socketDir, account, durable, connections } = this.place;
    const settings = [`cluster_name=${superuser}`, 'listen_addresses=', `unix_socket_directories=${socketDir}`, `port=${port}`];
    if (connections > usualConnections) settings.push(`max_connections=${connections}`);
    const args = [...settings, ...discreet, ...(durable ? [] : notDurable)].flatMap((setting) => ['-c', setting]);
    const output = openLog(logFile);
    this.failure = undefined;
    this.child = startAs(account, [postgres, '-D', cluster, ...args], ['ignore', output, output]);
    closeSync(output);
    this.child.on('error', (error) => (this.failure = error.message));
    this.child.on('exit', (code, signal) => (this.failure = signal ? `ended by ${signal}` : `exit code ${code}`));
  }

  /** As long as it takes: after a crash PostgreSQL first replays its log, and ending it then would only start that anew. */
  async becomesReady(): Promise<void> {
    for (let waited = 1; ; waited += 1) {
      if (this.failure !== undefined) throw new Error(`PostgreSQL did not start (${this.failure}). Its log says:\n${this.lastLines()}`);
      const file = readPidFile(this.place.cluster);
      if (file?.pid === this.child.pid && file?.ready) return;
      await sleep(10);
      if (waited % 500 === 0) this.place.log('PostgreSQL is still starting: it may be recovering after a crash.');
    }
  }

  /** Does not keep our process alive by itself, and does not stay dead. */
  stay(): void {
    this.child.unref();
    if (this.failure === undefined) this.child.once('exit', () => { if (!this.ending.signal.aborted) this.reviving = this.revive(); });
    else this.reviving = this.revive();
  }

  /** Tries until it runs: there is no use in a chat server without its database, and a full disk may be emptied by somebody. */
  private async revive(): Promise<void> {
    const { cluster, socketDir, account, log } = this.place;
    log(`PostgreSQL ended unexpectedly (${this.failure}). Its log says:\n${this.lastLines()}`);
    for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      try {
        await clearLeftovers(cluster, log);
        if (this.ending.signal.aborted) return;
        remakeSocketDir(socketDir, account);
        this.launch();
        await this.becomesReady();
        log('PostgreSQL runs again.');
        this.stay();
        return;
      } catch (error) {
        if (this.ending.signal.aborted) return;
        log(`PostgreSQL could not be started again; the next try is in ${waitMs / 1000} s. ${(error as Error).message}`);
        await sleep(waitMs, undefined, { ref: false, signal: this.ending.signal }).catch(() => {});
      }
    }
  }

  async end(): Promise<void> {
    this.ending.abort();
    this.child.ref();
    // Fast, then immediate (the next start recovers), then by force.
    const steps: [NodeJS.Signals, number][] = [['SIGINT', 20_000], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]];
    if (this.failure === undefined) await end(this.child.pid!, () => this.failure !== undefined, steps);
    await this.reviving;
    process.off('exit', this.interrupt);
    removeSocketDir(this.place.socketDir);
  }

  /** For systems where the kernel does not do it for us (see startAs). */
  readonly interrupt = () => {
    if (this.failure === undefined) this.child.kill('SIGINT');
  };

  private lastLines(): string {
    return readFileSync(this.place.logFile, 'utf8').trim().split('\n').slice(-15).join('\n');
  }
}

/** A new log at each start, so that it cannot grow for ever; the one before is kept, as it may tell of a crash. */
function openLog(path: string): number {
  try {
    renameSync(path, `${path}.1`);
  } catch {
    // The first start has none.
  }
  return openSync(path, 'w', 0o600);
}

function urlOf(socketDir: string, name = database): string {
  return `postgres://${superuser}@localhost:${port}/${name}?host=${encodeURIComponent(socketDir)}`;
}

async function ensureDatabase(socketDir: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(socketDir, 'postgres') });
  // Without a listener, a server that dies now would take our process along.
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
    // The first line of an error may quote a value. Those who ask get the error; the log keeps what PostgreSQL says of itself.
    await client.query(`ALTER DATABASE ${database} SET log_min_messages = 'log'`);
  } finally {
    await client.end();
  }
}
