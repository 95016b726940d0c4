import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError, type Io } from './command.js';

/** The first line of stdin; at a terminal it is asked for and not shown. Never an argument: everybody on the machine can read those. */
export async function readPassword({ stdin, say }: Pick<Io, 'stdin' | 'say'>, question: string): Promise<string> {
  const isTTY = stdin.isTTY === true;
  const nowhere = new Writable({ write: (_, __, done) => { done(); } });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: isTTY });
  if (isTTY) process.stderr.write(`${question}: `); // Only now, when nothing that is typed is shown any more.
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', () => { lines.close(); });
      lines.once('close', () => { reject(new UsageError('No password was given: write it to stdin.')); });
    });
  } finally {
    lines.close();
    if (isTTY) say('');
  }
}
