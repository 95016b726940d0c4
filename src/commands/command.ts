import type { Readable, Writable } from 'node:stream';
import type { Config } from '../config/settings.js';

/** The world around a command. */
export interface Io {
  env: Readonly<Record<string, string | undefined>>;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable;
  /** For progress and remarks: stdout is for what was asked for. */
  say: (line: string) => void;
}

/** What a command is given. Options are those that it declares. */
export interface Call extends Io {
  args: string[];
  options: Readonly<Record<string, string | boolean | undefined>>;
  config: Config;
}

export interface Outcome {
  /** For people, who get it on stdout. */
  text: string;
  /** For programs: what `--json` prints instead. */
  data: object;
}

export interface Option {
  /** What stands for its value in the help; absent: it takes none. */
  value?: string;
  about: string;
}

export interface Command {
  about: string;
  /** Each is required, unless it ends in a question mark. */
  args: readonly string[];
  options?: Readonly<Record<string, Option>>;
  /** Null: it has written to stdout itself. */
  run(call: Call): Promise<Outcome | null>;
}

/** Asked for in a way that this command does not understand: exit code 2. */
export class UsageError extends Error {}

/** "1 room", "2 rooms". */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

/** Rows of words, one column under the other. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd()).join('\n');
}
