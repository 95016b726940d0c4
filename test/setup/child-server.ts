import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { freshDatabase, type TestDatabase } from './database.js';
import { freePort } from '../../tools/free-port.mjs';
import { testSecret } from './secret.js';
import { serverScript } from './server-process.js';

export interface ChildServer {
  url: string;
  pid: number;
  db: TestDatabase;
  /** What it has written since it was ready: with LOG_LEVEL=error, what went wrong. */
  errors(): string;
  /** Its exit code or signal; undefined while it runs. */
  ended(): number | NodeJS.Signals | undefined;
  close(): Promise<void>;
}

/** The built server in a process of its own: as it is delivered, with everything that the build adds. */
export async function startChildServer(env: Record<string, string> = {}): Promise<ChildServer> {
  const db = await freshDatabase();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [resolve(serverScript)], {
    env: { ...process.env, NODE_ENV: 'test', HOST: '127.0.0.1', PORT: String(port), PUBLIC_URL: url, JWT_SECRET: testSecret, RATE_LIMITS: 'off', DATABASE_URL: db.url, LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
  const ended = () => child.exitCode ?? child.signalCode ?? undefined;
  for (const deadline = Date.now() + 20_000; !output.includes('Verbatim is ready');) {
    if (ended() !== undefined || Date.now() > deadline) throw new Error(`The server did not start: ${output}`);
    await new Promise((done) => { setTimeout(done, 20); });
  }
  await new Promise((done) => { setTimeout(done, 50); });
  const greeting = output.length;
  return {
    url, pid: child.pid ?? 0, db, ended,
    errors: () => output.slice(greeting).trim(),
    async close() {
      child.kill('SIGTERM');
      if (ended() === undefined) await once(child, 'exit');
      await db.drop();
    },
  };
}
