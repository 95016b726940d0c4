import type { Connection, Submittable } from 'pg';

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
  const sizes = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const size = 4 + 1 + name.length + 1 + 2 + 2 + sizes.reduce((sum, bytes) => sum + 4 + bytes, 0) + 2;
  const bytes = Buffer.allocUnsafe(1 + size + executeAndSync.length);
  let at = bytes.writeInt32BE(size, bytes.writeUInt8(code.bind));
  at = bytes.writeUInt8(0, at); // no name for the portal
  at += bytes.write(`${name}\0`, at, 'latin1');
  at = bytes.writeInt16BE(0, at); // every value is text
  at = bytes.writeInt16BE(values.length, at);
  values.forEach((value, i) => {
    at = bytes.writeInt32BE(value === null ? -1 : sizes[i], at);
    if (value !== null) at += bytes.write(value, at);
  });
  at = bytes.writeInt16BE(0, at); // and every column of the answer
  executeAndSync.copy(bytes, at);
  return bytes;
}
