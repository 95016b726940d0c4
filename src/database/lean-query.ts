import type { Connection, Submittable } from 'pg';
import { isAscii, writeAscii } from '../common/ascii.js';

export interface LeanStatement {
  name: string;
  text: string;
  values: readonly (string | null)[];
}

type Row = (string | null)[];
type Callback = (error: Error | null, rows?: Row[]) => void;

/** As much of pg's connection as we use; its types keep half of this to themselves. */
interface Wire {
  stream: { write(bytes: Buffer): void };
  parsedStatements: Record<string, string | undefined>;
  submittedNamedStatements: Record<string, string | undefined>;
  parse(statement: { name: string; text: string }): void;
}

const code = { bind: 'B'.charCodeAt(0), execute: 'E'.charCodeAt(0), sync: 'S'.charCodeAt(0) };
/** Run it to the end, then say that you are ready: two messages that are always the same. */
const executeAndSync = Buffer.from([code.execute, 0, 0, 0, 9, 0, 0, 0, 0, 0, code.sync, 0, 0, 0, 4]);

/**
 * A prepared statement that is sent in one write, and whose answer PostgreSQL need not describe: whoever asks knows its columns, and gets their text.
 * pg's own query takes a write of several pieces and reads the description anew each time, which is much of what a statement of a few rows costs us.
 */
export class LeanQuery implements Submittable {
  readonly name: string;
  readonly text: string;
  private readonly rows: Row[] = [];

  /** The callback is replaced by pg, which watches over the time. */
  constructor(private readonly statement: LeanStatement, public callback: Callback) {
    this.name = statement.name;
    this.text = statement.text;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    if ((wire.parsedStatements[this.name] ?? wire.submittedNamedStatements[this.name]) === undefined) {
      wire.parse(this);
      wire.submittedNamedStatements[this.name] = this.text;
    }
    wire.stream.write(bound(this.name, this.statement.values));
  }

  handleDataRow({ fields }: { fields: Row }): void {
    this.rows.push(fields);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, this.rows);
  }

  handleCommandComplete(): void {
    // That it is done is said by what comes next: ready for more.
  }
}

/** The values, all of them as text, and the request to go. */
function bound(name: string, values: readonly (string | null)[]): Buffer {
  const sizes = values.map(sizeOf);
  const size = 4 + 1 + name.length + 1 + 2 + 2 + sizes.reduce((sum, bytes) => sum + 4 + Math.max(bytes, 0), 0) + 2;
  const bytes = Buffer.allocUnsafe(1 + size + executeAndSync.length);
  bytes[0] = code.bind;
  let at = int32(bytes, 1, size);
  bytes[at] = 0; // no name for the portal
  at = writeAscii(bytes, at + 1, name);
  bytes[at] = 0;
  at = int16(bytes, at + 1, 0); // every value is text
  at = int16(bytes, at, values.length);
  values.forEach((value, i) => {
    at = int32(bytes, at, sizes[i]);
    if (value !== null) at = sizes[i] === value.length ? writeAscii(bytes, at, value) : at + bytes.write(value, at);
  });
  at = int16(bytes, at, 0); // and every column of the answer
  for (let i = 0; i < executeAndSync.length; i += 1) bytes[at + i] = executeAndSync[i];
  return bytes;
}

/** -1: no value. */
function sizeOf(value: string | null): number {
  if (value === null) return -1;
  return isAscii(value) ? value.length : Buffer.byteLength(value);
}

function int32(bytes: Buffer, at: number, value: number): number {
  return int16(bytes, int16(bytes, at, value >> 16), value);
}

function int16(bytes: Buffer, at: number, value: number): number {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
  return at + 2;
}
