import type { Pool, PoolClient } from 'pg';
import { endsConnection, withConnection } from './pool.js';

/** Unused for this long, the connection goes back. */
const restMs = 1000;

/** As much of pg's client as its types keep to themselves. */
interface Timed {
  connectionParameters: { query_timeout?: number | false };
  connection: { stream: { destroy(): void } };
}

/**
 * A connection that is kept from one piece of work to the next while these come one after the other: to take one from the pool and to give it
 * back costs a single small statement a good part of what it costs altogether, and so does a timer of pg's for each. Who comes while it is
 * busy goes to the pool.
 */
export class Lane {
  private kept: PoolClient | undefined;
  private busy = false;
  private closed = false;
  /** When the last piece of work began, or ended. */
  private since = 0;
  private clock: NodeJS.Timeout | undefined;
  /** What pg waits for an answer; as long as the connection is kept, we watch instead. */
  private patienceMs: number | false = false;
  private readonly broken = (): void => { this.giveBack(true); };

  constructor(private readonly pool: Pool) {}

  async run<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    if (this.busy || this.closed) return await withConnection(this.pool, work);
    this.busy = true;
    this.since = performance.now();
    try {
      return await work(this.kept ?? (await this.take()));
    } catch (error) {
      if (endsConnection(error)) this.giveBack(true);
      throw error;
    } finally {
      this.busy = false;
      this.since = performance.now();
      if (this.closed) this.giveBack();
    }
  }

  /** Keeps nothing any more: a pool ends when it has all of its connections back. */
  close(): void {
    this.closed = true;
    if (!this.busy) this.giveBack();
  }

  private async take(): Promise<PoolClient> {
    const kept = await this.pool.connect();
    kept.on('error', this.broken);
    const { connectionParameters } = inside(kept);
    this.patienceMs = connectionParameters.query_timeout ?? false;
    connectionParameters.query_timeout = false;
    this.clock = setInterval(() => { this.look(kept, performance.now() - this.since); }, restMs).unref();
    this.kept = kept;
    return kept;
  }

  private look(kept: PoolClient, ms: number): void {
    if (!this.busy && ms > restMs) this.giveBack();
    else if (this.busy && this.patienceMs !== false && ms > this.patienceMs) inside(kept).connection.stream.destroy();
  }

  private giveBack(broken = false): void {
    const { kept } = this;
    if (kept === undefined) return;
    this.kept = undefined;
    clearInterval(this.clock);
    kept.off('error', this.broken);
    inside(kept).connectionParameters.query_timeout = this.patienceMs;
    kept.release(broken);
  }
}

function inside(client: PoolClient): Timed {
  return client as unknown as Timed;
}
