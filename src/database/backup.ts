import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync, rmSync, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Client, ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import { product } from '../common/product.js';
import { line, Meter, readBackup, rowsEnd, type BackupHead, type BackupSums, type BackupTable } from './backup-file.js';
import { createDataSource } from './data-source.js';

type Say = (line: string) => void;

const everyBytes = 50_000_000;

/**
 * Writes all our tables to one file, as of one moment, while servers go on. Needs no client program of PostgreSQL: the embedded one
 * brings none, and those of a system are often older than the server. The file appears under its name only when it was read again and
 * found whole.
 */
export async function backUp(url: string, path: string, say: Say): Promise<BackupSums> {
  if (existsSync(path)) throw new Error(`${path} exists already: a backup overwrites nothing.`);
  const db = await createDataSource({ url, pool: 1, statementTimeout: 0, name: 'verbatim backup' }).initialize();
  const draft = `${path}.part`;
  const clear = (): void => { rmSync(draft, { force: true }); };
  const file = createWriteStream(draft, { flags: 'wx', mode: 0o600 });
  try {
    await once(file, 'open');
    process.once('exit', clear);
    await writeTo(file, db, say);
    say('Reading it again …');
    const sums = await verifyBackup(draft);
    renameSync(draft, path);
    await sync(dirname(path));
    return sums;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new Error(`${draft} exists already: another backup is being written there, or was cut short; remove it then.`, { cause: error });
    clear();
    throw error;
  } finally {
    process.off('exit', clear);
    await db.destroy();
  }
}

/** Reads a backup to its end and throws unless it is whole. */
export async function verifyBackup(path: string): Promise<BackupSums> {
  return await readBackup(path, { begin: () => Promise.resolve(), table: (_, rows) => drain(rows) });
}

async function drain(rows: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of rows); // eslint-disable-line @typescript-eslint/no-unused-vars -- reading is all there is to it
}

async function writeTo(file: WriteStream, db: DataSource, say: Say): Promise<void> {
  const runner = db.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await prepareForCopy(client);
    await pipeline(Readable.from(contents(db, client, say), { objectMode: false }), createGzip(), file, { end: true });
    await client.query('COMMIT');
  } finally {
    await runner.release();
  }
  await sync(file.path.toString());
}

/** What rows look like as text depends on these; and a big table takes as long as it takes. */
export async function prepareForCopy(client: ClientBase): Promise<void> {
  await client.query(`SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0;
    SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL TimeZone = 'UTC'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1`);
}

async function* contents(db: DataSource, client: ClientBase, say: Say): AsyncGenerator<Buffer> {
  yield line({ format: 'verbatim-backup', version: 1, product: product.version, createdAt: new Date().toISOString(), migrations: await migrationsOf(client) } satisfies BackupHead);
  const end: BackupSums = {};
  for (const table of await tablesOf(db, client, say)) {
    yield line(table);
    const meter = new Meter();
    const rows = client.query(copyTo(`COPY ${quoted(table.table)} (${table.columns.map(quoted).join(', ')}) TO STDOUT`));
    const idle = once(client as Client, 'drain'); // The rows end a moment before PostgreSQL is ready for the next statement.
    for await (const piece of rows as AsyncIterable<Buffer>) yield told(meter, piece, () => { say(`${table.table}: ${meter.rows} rows so far …`); });
    await idle;
    yield rowsEnd;
    end[table.table] = meter.sum();
    say(`${table.table}: ${meter.rows} rows`);
  }
  yield line({ end });
}

/** Says now and then that there is progress. */
export function told(meter: Meter, piece: Buffer, tell: () => void): Buffer {
  const before = Math.floor(meter.bytes / everyBytes);
  meter.pass(piece);
  if (Math.floor(meter.bytes / everyBytes) > before) tell();
  return piece;
}

/** The names of the migrations that made a database's schema; none: it has no schema yet. */
export async function migrationsOf(client: ClientBase): Promise<string[]> {
  const { rows: [exists] } = await client.query<{ yes: boolean }>(`SELECT to_regclass('migrations') IS NOT NULL AS yes`);
  if (exists?.yes !== true) return [];
  const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY timestamp');
  return rows.map(({ name }) => name);
}

/** Our tables with their columns, each after those that it refers to. Generated columns make themselves again. */
async function tablesOf(db: DataSource, client: ClientBase, say: Say): Promise<BackupTable[]> {
  const ours = new Set([...db.entityMetadatas.map(({ tableName }) => tableName), 'migrations']);
  const { rows } = await client.query<BackupTable & { refers: string[] }>(`
    SELECT c.relname AS table,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
      ARRAY(SELECT confrelid::regclass::text FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f' AND confrelid <> c.oid) AS refers
    FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e') ORDER BY 1`);
  for (const { table } of rows) if (!ours.has(table)) say(`Not in the backup: the table ${table}, which is none of ours.`);
  const left = rows.filter(({ table }) => ours.has(table));
  if (left.length === 0) throw new Error('There is nothing to back up: this database has none of our tables.');
  const sorted: BackupTable[] = [];
  while (left.length > 0) {
    const next = left.findIndex(({ refers }) => refers.every((name) => !left.some(({ table }) => table === name)));
    const [{ table, columns }] = left.splice(Math.max(0, next), 1);
    if (table !== 'migrations') sorted.push({ table, columns });
  }
  return sorted;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
}
