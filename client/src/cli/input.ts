import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { usage } from './failure.js';

/** Everything on stdin. */
export async function readInput(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(Buffer.from(piece as Buffer));
  return Buffer.concat(pieces).toString('utf8');
}

/** Asks at the terminal; on stderr, so that stdout stays data. */
export async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) throw usage(`${question}: there is no terminal to ask at. Give it as an option; see --help`);
  return await prompt(`${question}: `, process.stderr);
}

/** From the environment, or from stdin, or asked for without showing it. */
export async function readPassword(question = 'Password'): Promise<string> {
  const { VERBATIM_PASSWORD: given } = process.env;
  if (given) return given;
  if (!process.stdin.isTTY) return (await readInput()).split(/\r?\n/)[0] ?? '';
  const nowhere = new Writable({ write: (_, __, done) => { done(); } });
  const answer = prompt('', nowhere); // From here on nothing that is typed is shown: only now may the question invite to type.
  process.stderr.write(`${question}: `);
  const password = await answer;
  process.stderr.write('\n');
  return password;
}

async function prompt(question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  return await new Promise((resolve, reject) => {
    lines.on('SIGINT', () => { lines.close(); });
    lines.on('close', () => { reject(usage('Nothing was entered')); });
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
