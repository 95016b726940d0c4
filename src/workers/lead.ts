import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { limitsOf } from '../common/counts.js';
import { folderVariable } from '../common/primary.js';
import { stopSignal } from '../common/stop-signal.js';
import type { Config } from '../config/settings.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/embedded-postgres.js';
import { Fleet } from './fleet.js';

interface Leading {
  /** The file that each worker runs. */
  script: string;
  say: (line: string) => void;
  /** Everyone serves, at this address. */
  greet: (at: string) => void;
}

/** Together no more than fifteen seconds, as for a server that is one process. */
const patienceMs = { workers: 9500, database: 5000 };
/** Besides those of the workers: a migration, an operator with psql, PostgreSQL's own. */
const furtherConnections = 20;

/** Starts the database and the workers, looks after them until somebody says stop, and stops PostgreSQL last. */
export async function leadWorkers(config: Config, { script, say, greet }: Leading): Promise<void> {
  const stopped = stopSignal();
  const embedded = await ownDatabase(config, say);
  const folder = privateFolder();
  const env = { [folderVariable]: folder, ...(embedded && { DATABASE_URL: embedded.url }) };
  const fleet = new Fleet({ size: config.WORKERS, script, env, limits: limitsOf(config), say });
  process.on('exit', fleet.kill);
  try {
    const address = await fleet.start();
    process.on('SIGUSR2', () => void fleet.renew());
    greet(config.PORT === 0 ? `http://localhost:${address.port}` : config.PUBLIC_URL);
    await Promise.race([stopped, fleet.failed]);
    say('Stopping: answering what is under way …');
  } finally {
    await fleet.stop(config.STOP_DELAY + patienceMs.workers);
    rmSync(folder, { recursive: true, force: true });
    await Promise.race([embedded?.stop(), pause(patienceMs.database)]);
  }
}

async function ownDatabase(config: Config, say: Leading['say']): Promise<EmbeddedPostgres | undefined> {
  if (config.DATABASE_URL !== undefined) return undefined;
  return await startEmbeddedPostgres({ dataDir: config.DATA_DIR, connections: config.WORKERS * config.DATABASE_POOL + furtherConnections, log: say });
}

/** Open to nobody else. The path of a socket in it may have 103 bytes (107 on Linux). */
function privateFolder(): string {
  const base = Buffer.byteLength(tmpdir()) <= 60 ? tmpdir() : '/tmp';
  return mkdtempSync(join(base, 'verbatim-workers-'));
}
