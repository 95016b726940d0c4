// A backup is one gzip file, and what is inside can be read with zcat: a line of JSON about the whole, for each table a line of JSON
// and its rows as PostgreSQL's COPY writes them, closed by `\.`, and at the end a line of JSON with the number of rows and the checksum
// of each table. A file without that last line was cut short.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

export interface BackupHead {
  format: 'verbatim-backup';
  version: 1;
  /** Of the product that wrote it. */
  product: string;
  createdAt: string;
  /** What the schema was made by, oldest first. */
  migrations: string[];
}

export interface BackupTable {
  table: string;
  columns: string[];
}

export interface TableSum {
  rows: number;
  sha256: string;
}

export type BackupSums = Record<string, TableSum>;

/** The file is not one that can be restored; the message says why, and completes "FILE …". */
export class BadBackup extends Error {}

const newline = 0x0a;
const endOfRows = Buffer.from('\n\\.\n');

/** Counts and sums up the rows of one table as they pass. */
export class Meter {
  rows = 0;
  bytes = 0;
  private readonly hash: Hash = createHash('sha256');

  pass(piece: Buffer): Buffer {
    this.hash.update(piece);
    this.bytes += piece.length;
    for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, at + 1)) this.rows += 1;
    return piece;
  }

  sum(): TableSum {
    return { rows: this.rows, sha256: this.hash.digest('hex') };
  }
}

export const line = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);
export const rowsEnd = Buffer.from('\\.\n');

/** What to do with the parts of a backup, in the order in which they come. */
export interface BackupVisitor {
  begin(head: BackupHead): Promise<void>;
  /** Must read the rows to their end. */
  table(table: BackupTable, rows: AsyncIterable<Buffer>): Promise<void>;
}

/** Reads a backup from beginning to end, in bounded memory, and throws BadBackup unless all of it is as it was written. */
export async function readBackup(path: string, visitor: BackupVisitor): Promise<BackupSums> {
  const file = createReadStream(path);
  const gunzip = file.pipe(createGunzip());
  file.on('error', (error) => gunzip.destroy(error));
  try {
    return await readAll(new Pieces(gunzip), visitor);
  } catch (error) {
    throw /^Z_/.test((error as { code?: string }).code ?? '') ? new BadBackup('is damaged or cut short, or no backup at all') : error;
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

async function readAll(pieces: Pieces, visitor: BackupVisitor): Promise<BackupSums> {
  const head = readJson<BackupHead>(await pieces.line());
  if (head.format !== 'verbatim-backup') throw new BadBackup('is not a backup of Verbatim');
  if (head.version !== 1) throw new BadBackup(`was written by a newer version (${head.product}), in a form that this one does not know`);
  await visitor.begin(head);
  const found: BackupSums = {};
  for (;;) {
    const next = readJson<Partial<BackupTable> & { end?: BackupSums }>(await pieces.line());
    if (next.end !== undefined) {
      refuseDifferences(found, next.end);
      if (!(await pieces.atEnd())) throw new BadBackup('goes on after its end');
      return found;
    }
    const { table = '', columns = [] } = next;
    const meter = new Meter();
    await visitor.table({ table, columns }, metered(pieces.rows(), meter));
    found[table] = meter.sum();
  }
}

async function* metered(rows: AsyncIterable<Buffer>, meter: Meter): AsyncGenerator<Buffer> {
  for await (const piece of rows) yield meter.pass(piece);
}

function refuseDifferences(found: BackupSums, promised: BackupSums): void {
  for (const table of new Set([...Object.keys(found), ...Object.keys(promised)])) {
    if (found[table]?.rows !== promised[table]?.rows || found[table]?.sha256 !== promised[table]?.sha256) throw new BadBackup(`is damaged: the rows of ${table} are not those that were written`);
  }
}

function readJson<T>(text: string): T {
  try {
    const value = JSON.parse(text) as T;
    if (typeof value === 'object' && value !== null) return value;
  } catch { /* Said below. */ }
  throw new BadBackup('is not a backup of Verbatim');
}

/** Lines and blocks of rows, out of pieces that end anywhere. */
class Pieces {
  private readonly source: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const longest = 1_000_000;
    for (;;) {
      const end = this.rest.indexOf(newline);
      if (end >= 0) return this.take(end + 1).toString('utf8');
      if (this.rest.length > longest) throw new BadBackup('is not a backup of Verbatim');
      if (!(await this.more())) throw new BadBackup('is cut short, or no backup at all');
    }
  }

  /** Up to the line `\.`. No row looks like that: COPY doubles every backslash. */
  async* rows(): AsyncGenerator<Buffer> {
    this.rest = Buffer.concat([endOfRows.subarray(0, 1), this.rest]); // The line break before, so that no rows at all look like some.
    let lead = 1;
    for (;;) {
      const end = this.rest.indexOf(endOfRows);
      const upTo = end >= 0 ? end + 1 : this.rest.length - endOfRows.length;
      if (upTo > lead) {
        yield this.take(upTo).subarray(lead);
        lead = 0;
      }
      if (end >= 0) {
        this.take(lead === 0 ? rowsEnd.length : endOfRows.length);
        return;
      }
      if (!(await this.more())) throw new BadBackup('is cut short');
    }
  }

  async atEnd(): Promise<boolean> {
    return this.rest.length === 0 && !(await this.more());
  }

  private take(length: number): Buffer {
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }

  private async more(): Promise<boolean> {
    const next = await this.source.next();
    if (next.done === true) return false;
    this.rest = this.rest.length === 0 ? next.value : Buffer.concat([this.rest, next.value]);
    return true;
  }
}
