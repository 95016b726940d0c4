import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { migrationsOf, prepareForCopy, quoted, told, verifyBackup } from './backup.js';
import { BadBackup, Meter, readBackup, type BackupHead, type BackupSums, type BackupTable } from './backup-file.js';
import { createDataSource } from './data-source.js';
import { migrate, migrationLock } from './migrate.js';

type Say = (line: string) => void;

export interface RestoreOptions {
  /** Throw away what the database holds now. */
  force: boolean;
  endSessions: boolean;
}

/**
 * Replaces everything in the database by what a backup holds, in one transaction: when it fails, all is as before. The tables are made
 * by the migrations that the backup names, so that an older one meets the schema it was written from; the later migrations run
 * afterwards, as at any upgrade. Every room gets a new epoch: clients may hold messages that came after the backup, and must forget them.
 */
export async function restore(url: string, path: string, options: RestoreOptions, say: Say): Promise<BackupSums> {
  say('Checking the file …');
  const promised = await verifyBackup(path);
  const db = await createDataSource({ url, pool: 1, statementTimeout: 0, name: 'verbatim restore' }).initialize();
  try {
    await refuseNewer(db, path);
    await migrate(url, say);
    const runner = db.createQueryRunner();
    try {
      await runner.startTransaction();
      await runner.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]); // A server that starts now waits until we are done.
      await refuseToHarm(runner, options.force);
      await replaceAll(runner, path, { db, promised, say, endSessions: options.endSessions });
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    } finally {
      await runner.release();
    }
  } finally {
    await db.destroy();
  }
  await migrate(url, say);
  return promised;
}

/** Before anything is changed: neither file nor database may come from a version that we are too old for. */
async function refuseNewer(db: DataSource, path: string): Promise<void> {
  const known = new Set(db.migrations.map(nameOf));
  const head = await headOf(path);
  if (head.migrations.some((name) => !known.has(name))) throw new BadBackup(`was written by a newer version (${head.product}) than this one`);
  const runner = db.createQueryRunner();
  const present = await migrationsOf((await runner.connect()) as ClientBase).finally(() => runner.release());
  if (present.some((name) => !known.has(name))) throw new Error('The database belongs to a newer version than this one: restore with that version.');
}

/** As TypeORM writes it into the table `migrations`. */
function nameOf(migration: MigrationInterface): string {
  return migration.name ?? migration.constructor.name;
}

async function headOf(path: string): Promise<BackupHead> {
  let found: BackupHead | undefined;
  const enough = new Error('read enough');
  await readBackup(path, { begin: (head) => { found = head; return Promise.reject(enough); }, table: () => Promise.resolve() }).catch(() => undefined);
  if (found === undefined) throw new BadBackup('is not a backup of Verbatim');
  return found;
}

async function refuseToHarm(runner: QueryRunner, force: boolean): Promise<void> {
  const [{ servers }] = (await runner.query(`SELECT count(*)::int AS servers FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'verbatim'`)) as [{ servers: number }];
  if (servers > 0) throw new Error(`A server is connected to this database (${servers} connections): stop it first. What it remembers would contradict what is restored.`);
  const [held] = (await runner.query(
    `SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM rooms) AS rooms, (SELECT coalesce(sum(last_seq), 0)::bigint FROM rooms) AS messages,
      (SELECT max(last_message_at) FROM rooms) AS latest`)) as [{ users: number; rooms: number; messages: string; latest: Date | null }];
  if (held.users === 0 && held.messages === '0') return;
  const latest = held.latest === null ? '' : `, the latest of ${held.latest.toISOString()}`;
  if (!force) throw new Error(`The database is not empty. Restoring would throw away ${held.users} users, ${held.rooms} rooms and ${held.messages} messages${latest}. If that is meant, say --force.`);
}

interface Work {
  db: DataSource;
  promised: BackupSums;
  say: Say;
  endSessions: boolean;
}

async function replaceAll(runner: QueryRunner, path: string, { db, promised, say, endSessions }: Work): Promise<void> {
  const client = (await runner.connect()) as ClientBase;
  await prepareForCopy(client);
  const found = await readBackup(path, {
    begin: (head) => remake(runner, db, head),
    table: (table, rows) => load(client, table, rows, say),
  });
  if (JSON.stringify(found) !== JSON.stringify(promised)) throw new BadBackup('changed while it was read');
  await runner.query('UPDATE rooms SET epoch = gen_random_uuid()');
  if (endSessions) await runner.query('UPDATE sessions SET revoked_at = now() WHERE revoked_at IS NULL');
  await runner.query('DELETE FROM sign_in_codes');
}

/** Our tables as they were when the backup was written, and empty. */
async function remake(runner: QueryRunner, db: DataSource, { migrations }: BackupHead): Promise<void> {
  const tables = db.entityMetadatas.map(({ tableName }) => quoted(tableName));
  await runner.query(`DROP TABLE IF EXISTS ${tables.join(', ')}`);
  for (const migration of db.migrations) if (migrations.includes(nameOf(migration))) await migration.up(runner);
  await runner.query('DELETE FROM migrations WHERE name <> ALL($1)', [migrations]);
}

async function load(client: ClientBase, { table, columns }: BackupTable, rows: AsyncIterable<Buffer>, say: Say): Promise<void> {
  const copy = client.query(copyFrom(`COPY ${quoted(table)} (${columns.map(quoted).join(', ')}) FROM STDIN`));
  const meter = new Meter();
  await pipeline(Readable.from(counted(rows, meter, () => { say(`${table}: ${meter.rows} rows so far …`); }), { objectMode: false }), copy);
  if (copy.rowCount !== meter.rows) throw new Error(`PostgreSQL took ${copy.rowCount} rows of ${table}, the file has ${meter.rows}.`);
  say(`${table}: ${meter.rows} rows`);
}

async function* counted(rows: AsyncIterable<Buffer>, meter: Meter, tell: () => void): AsyncGenerator<Buffer> {
  for await (const piece of rows) yield told(meter, piece, tell);
}
