import type { Pool, PoolClient } from 'pg';
import { endsConnection, withConnection } from './pool.js';

/** Unused for this long, the connection goes back. */
const restMs = 1000;

/**
 * A connection that is kept from one piece of work to the next while these come one after the other: to take one from the pool and to give it
 * back costs a single small statement a good part of what it costs altogether. Who comes while it is busy goes to the pool.
 */
export class Lane {
  private kept: PoolClient | undefined;
  private busy = false;
  private closed = false;
  private usedAt = 0;
  private rest: NodeJS.Timeout | undefined;
  private readonly broken = (): void => { this.giveBack(true); };

  constructor(private readonly pool: Pool) {}

  async run<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    if (this.busy || this.closed) return await withConnection(this.pool, work);
    this.busy = true;
    try {
      return await work(this.kept ?? (await this.take()));
    } catch (error) {
      if (endsConnection(error)) this.giveBack(true);
      throw error;
    } finally {
      this.busy = false;
      this.usedAt = performance.now();
      if (this.closed) this.giveBack();
    }
  }

  /** Keeps nothing any more: a pool ends when it has all of its connections back. */
  close(): void {
    this.closed = true;
    if (!this.busy) this.giveBack();
  }

  private async take(): Promise<PoolClient> {
    this.kept = await this.pool.connect();
    this.kept.on('error', this.broken);
    this.rest = setInterval(() => { if (!this.busy && performance.now() - this.usedAt > restMs) this.giveBack(); }, restMs).unref();
    return this.kept;
  }

  private giveBack(broken = false): void {
    const { kept } = this;
    if (kept === undefined) return;
    this.kept = undefined;
    clearInterval(this.rest);
    kept.off('error', this.broken);
    kept.release(broken);
  }
}
