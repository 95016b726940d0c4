import cluster from 'node:cluster';
import { rmSync } from 'node:fs';
import type { Counts, LimitClass, Standing } from './counts.js';

/** Where the primary tells a worker of the folder that they share, and nobody else can enter. */
export const folderVariable = 'VERBATIM_WORKERS_FOLDER';

export type CountRequest = readonly [act: keyof Counts, limit: LimitClass, caller: string, amount: number];

/** What a primary and its workers tell each other, by topic. */
export interface News {
  /** To a worker: answer what is under way, and end. */
  stop: null;
  /** From a worker for all others. */
  others: string;
  /** From a worker, numbered. */
  count: { n: number; asked: CountRequest[] };
  /** The answer to it. */
  counted: { n: number; standings: Standing[] };
  /** From a worker: what are the figures of us all? And to each: what are yours? */
  measure: { n: number };
  measured: { n: number; figures: object[] };
  figures: { n: number; figures: object[][] };
}

export type Topic = keyof News;
export type Letter = { [Name in Topic]: { topic: Name; body: News[Name] } }[Topic];

/** The process that started this one and its siblings, as a worker sees it. When it dies, so do they. */
export class Primary {
  /** Names this worker among its siblings; the one that takes its place some day gets another. */
  readonly workerId = String(cluster.worker?.id);
  readonly folder = process.env[folderVariable] ?? '';
  private readonly listeners = new Map<Topic, (body: never) => void>();

  constructor() {
    // A primary that was killed leaves it behind.
    process.on('exit', () => { if (!process.connected && this.folder !== '') rmSync(this.folder, { recursive: true, force: true }); });
    process.on('message', ({ topic, body }: Letter) => { this.listeners.get(topic)?.(body as never); });
  }

  /** Resolves when it is on its way. */
  tell<Name extends Topic>(topic: Name, body: News[Name]): Promise<void> {
    return new Promise((resolve) => {
      // What could not be told needs no answer: without the primary we end as well.
      if (process.connected) process.send?.({ topic, body }, undefined, undefined, () => { resolve(); });
      else resolve();
    });
  }

  hear<Name extends Topic>(topic: Name, listener: (body: News[Name]) => void): void {
    this.listeners.set(topic, listener);
  }

  /** When this worker shall drain: at the primary's word, or at a SIGTERM for it alone. A Ctrl-C tells every process of a terminal; only the primary listens. */
  stopped(): Promise<void> {
    process.on('SIGINT', () => undefined);
    return new Promise((resolve) => {
      process.once('SIGTERM', () => { resolve(); });
      this.hear('stop', () => { resolve(); });
    });
  }
}

/** Null in a server that is one process. */
export const primary: Primary | null = cluster.isWorker ? new Primary() : null;
