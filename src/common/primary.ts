import cluster from 'node:cluster';

/** Where the primary tells a worker of the folder that they share, and nobody else can enter. */
export const folderVariable = 'VERBATIM_WORKERS_FOLDER';

/** What workers and their primary tell each other, by topic. */
export interface WorkerNews {
  /** To a worker: answer what is under way, and end. */
  stop: null;
}

export type Topic = keyof WorkerNews;

export interface Letter<Name extends Topic = Topic> {
  topic: Name;
  body: WorkerNews[Name];
}

/** The process that started this one and its siblings, as a worker sees it. When it dies, so do they. */
export class Primary {
  /** Names this worker among its siblings; the one that takes its place some day gets another. */
  readonly workerId = String(cluster.worker?.id);
  readonly folder = process.env[folderVariable] ?? '';
  private readonly listeners = new Map<Topic, (body: never) => void>();

  constructor() {
    process.on('message', ({ topic, body }: Letter) => { this.listeners.get(topic)?.(body as never); });
  }

  tell<Name extends Topic>(topic: Name, body: WorkerNews[Name]): void {
    // Whatever could not be told needs no answer: without the primary we end as well.
    if (process.connected) process.send?.({ topic, body } satisfies Letter, undefined, undefined, () => undefined);
  }

  /** When this worker shall drain: at the primary's word, or at a SIGTERM for it alone. A Ctrl-C tells every process of a terminal; only the primary listens. */
  stopped(): Promise<void> {
    process.on('SIGINT', () => undefined);
    return new Promise((resolve) => {
      process.once('SIGTERM', () => { resolve(); });
      this.hear('stop', () => { resolve(); });
    });
  }

  hear<Name extends Topic>(topic: Name, listener: (body: WorkerNews[Name]) => void): void {
    this.listeners.set(topic, listener);
  }
}

/** Null in a server that is one process. */
export const primary: Primary | null = cluster.isWorker ? new Primary() : null;
