import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from '../../tools/free-port.mjs';
import { testSecret } from './secret.js';

const root = join(__dirname, '../..');
const startPatienceMs = 150_000;
/** What a server says that did not see something coming. */
const accidental = /unhandled|uncaught|TypeError|already sent|"code":"internal"|"level":"fatal"/i;

/** What is delivered, below a folder that has a build. */
export const serverScript = 'dist/server/main.js';

export const say = (line: string): void => void process.stderr.write(`    ${line}\n`);
export const isLong = process.env.FAULTS === 'long';

/** A folder with a copy of the build, so that a build meanwhile cannot pull it away from under us, and with room for data. */
export function workshop(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-faults-'));
  chmodSync(folder, 0o755);
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'data'), { mode: 0o755 });
  return { folder, remove: () => { rmSync(folder, { recursive: true, force: true, maxRetries: 3 }); } };
}

export interface Ended {
  code: number | null;
  signal: string | null;
  ms: number;
}

/** One server as an operator sees it: a process, a data folder and a port, which stays the same over restarts. */
export class ServerProcess {
  /** What all its runs said. */
  output = '';
  private child: ChildProcess | undefined;

  private constructor(readonly script: string, readonly dataDir: string, private readonly port: number, private readonly settings: Record<string, string>) {}

  static async in(folder: string, settings: Record<string, string> = {}, script = serverScript): Promise<ServerProcess> {
    return new ServerProcess(resolve(folder, script), join(folder, 'data'), await freePort(), settings);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get accidents(): string[] {
    return this.output.split('\n').filter((line) => accidental.test(line));
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get runs(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Milliseconds until it was ready. */
  async start(): Promise<number> {
    const began = performance.now();
    const { PATH } = process.env;
    const settings = { PORT: String(this.port), HOST: '127.0.0.1', DATA_DIR: this.dataDir, NODE_ENV: 'production', JWT_SECRET: testSecret, RATE_LIMITS: 'off', LOG_LEVEL: 'warn', ...this.settings };
    this.child = spawn(process.execPath, [this.script], { cwd: join(this.dataDir, '..'), env: { PATH, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { this.output += text; });
    while ((await this.status('/health/ready')) !== 200) {
      if (!this.runs || performance.now() - began > startPatienceMs) throw new Error(`The server did not start:\n${this.output.slice(-3000)}`);
      await pause(20);
    }
    return Math.round(performance.now() - began);
  }

  /** The status of a GET; 0: no answer. */
  async status(path: string): Promise<number> {
    try {
      const answer = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(3000) });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }

  kill(): Promise<Ended> {
    return this.end('SIGKILL', 5000);
  }

  terminate(patienceMs = 30_000): Promise<Ended> {
    return this.end('SIGTERM', patienceMs);
  }

  private async end(signal: NodeJS.Signals, patienceMs: number): Promise<Ended> {
    const { child } = this;
    if (child === undefined || !this.runs) return { code: child?.exitCode ?? null, signal: child?.signalCode ?? null, ms: 0 };
    const began = performance.now();
    const exit = once(child, 'exit', { signal: AbortSignal.timeout(patienceMs) });
    child.kill(signal);
    await exit.catch(async () => { child.kill('SIGKILL'); await once(child, 'exit'); });
    return { code: child.exitCode, signal: child.signalCode, ms: Math.round(performance.now() - began) };
  }

  /** The process id of the embedded PostgreSQL's postmaster, while its data folder says that it runs. */
  postmaster(): { pid: number; socketDir: string } | undefined {
    const file = join(this.dataDir, 'postgres', 'postmaster.pid');
    if (!existsSync(file)) return undefined;
    const lines = readFileSync(file, 'utf8').split('\n');
    return { pid: Number(lines[0]), socketDir: lines[4] ?? '' };
  }

  /** Looks into the database, past the server. */
  async query<Row>(sql: string): Promise<Row[]> {
    const socketDir = this.postmaster()?.socketDir ?? '';
    const client = new Client({ host: socketDir, port: 5432, user: 'verbatim', database: 'verbatim', connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows as Row[];
    } finally {
      await client.end();
    }
  }
}
