import cluster, { type Address, type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Limits } from '../common/counts.js';
import { Post } from './post.js';

type Say = (line: string) => void;

/** What lived for so long did not end because of how it was started. */
const wellAfterMs = 30_000;
const longestWaitMs = 30_000;
/** As long as others serve there is no hurry to give up; when none does, somebody has to look. */
const triesAlone = 5;

export interface FleetOptions {
  size: number;
  /** The file that each worker runs. */
  script: string;
  env: Record<string, string>;
  /** What the workers may let through together. */
  limits: Limits;
  say: Say;
}

/** Keeps as many workers serving as were asked for. */
export class Fleet {
  /** Rejects when there is no use in going on. */
  readonly failed: Promise<never>;
  private readonly serving = new Set<Worker>();
  private readonly keepers: Promise<void>[] = [];
  private readonly stopping = new AbortController();
  private readonly post: Post;
  private failures = 0;
  private fail: (error: Error) => void = () => undefined;

  constructor(private readonly options: FleetOptions) {
    this.post = new Post(options.limits);
    this.failed = new Promise((_, reject) => { this.fail = reject; });
    this.failed.catch(() => undefined);
    cluster.setupPrimary({ exec: options.script, args: [], serialization: 'advanced' });
  }

  /** The first one alone: it migrates and seeds, and what is wrong is said once. Returns where they listen. */
  async start(): Promise<Address> {
    const first = this.fork();
    const address = await listens(first);
    if (address === undefined) throw new Error(`The first worker did not start (${ending(first)}).`);
    this.keep(first);
    const others = Array.from({ length: this.options.size - 1 }, () => this.fork());
    await Promise.all(others.map(async (worker) => { await listens(worker); this.keep(worker); }));
    return address;
  }

  /** One after the other: each drains, and its successor serves before the next one is told. */
  async renew(): Promise<void> {
    for (const worker of [...this.serving]) {
      this.post.tell(worker, 'stop', null);
      await ended(worker);
      while (this.serving.has(worker) || this.serving.size < this.options.size) await pause(50, undefined, { ref: false });
    }
  }

  /** Each worker drains as a single server does; what is not done in time is ended. */
  async stop(patienceMs: number): Promise<void> {
    this.stopping.abort();
    for (const worker of living()) this.post.tell(worker, 'stop', null);
    const done = Promise.all([...this.keepers, ...living().map(ended)]);
    await Promise.race([done, pause(patienceMs, undefined, { ref: false })]);
    this.kill();
  }

  readonly kill = (): void => {
    for (const worker of living()) worker.process.kill('SIGKILL');
  };

  private fork(): Worker {
    const worker = cluster.fork(this.options.env);
    worker.on('error', () => undefined); // What it could not be told. When it has ended, its exit says so.
    this.post.serve(worker);
    return worker;
  }

  private keep(worker: Worker): void {
    this.keepers.push(this.watch(worker).catch(this.fail));
  }

  private async watch(first: Worker): Promise<void> {
    let waitMs = 0;
    for (let worker = first; ;) {
      this.serving.add(worker);
      const since = Date.now();
      await ended(worker);
      this.serving.delete(worker);
      if (this.stopping.signal.aborted) return;
      this.options.say(`Worker ${worker.process.pid} ended (${ending(worker)}); another one takes its place.`);
      if (Date.now() - since > wellAfterMs) waitMs = 0;
      for (;;) {
        await pause(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
        waitMs = Math.min(Math.max(250, waitMs * 2), longestWaitMs);
        if (this.stopping.signal.aborted) return;
        worker = this.fork();
        if (await this.starts(worker)) break;
      }
    }
  }

  private async starts(worker: Worker): Promise<boolean> {
    const listening = (await listens(worker)) !== undefined;
    this.failures = listening ? 0 : this.failures + 1;
    if (this.failures >= triesAlone && this.serving.size === 0) throw new Error(`No worker starts any more (${ending(worker)}).`);
    return listening;
  }
}

const living = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined && !worker.isDead()) as Worker[];

async function ended(worker: Worker): Promise<void> {
  if (!worker.isDead()) await once(worker, 'exit');
}

/** Where it listens; undefined when it ended before. */
async function listens(worker: Worker): Promise<Address | undefined> {
  return await new Promise((resolve) => {
    worker.once('listening', resolve);
    worker.once('exit', () => { resolve(undefined); });
  });
}

function ending({ process: { exitCode, signalCode } }: Worker): string {
  return signalCode ?? `exit code ${exitCode}`;
}
