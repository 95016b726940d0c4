import { Readable, Writable } from 'node:stream';
import { run } from '../../src/commands/run.js';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Does what an operator asks for, as the program does it, in this process: a process of its own takes seconds to begin. */
export async function command(env: { DATABASE_URL: string } | { DATA_DIR: string }, args: string[], stdin = ''): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const stdout = new Writable({ write: (piece: Buffer, _, done) => { said.stdout += piece.toString(); done(); } });
  const code = await run(args, { env: { NODE_ENV: 'test', ...env }, stdin: Readable.from([stdin]), stdout, say: (line) => { said.stderr += `${line}\n`; } });
  return { code, ...said };
}

/** Does what must succeed, and reads what it says with `--json`. */
export async function outcome<Data = Record<string, unknown>>(url: string, args: string[], stdin = ''): Promise<Data> {
  const { code, stdout, stderr } = await command({ DATABASE_URL: url }, [...args, '--json'], stdin);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Data;
}
