import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { PartState, Ready, Version } from '../contract/health.dto.js';
import { product } from '../common/product.js';
import { REDIS } from '../common/redis.js';
import { StorageHealth } from '../common/storage-health.js';
import { Nodes } from '../realtime/nodes.js';
import { HealthRepository } from './health.repository.js';

const patienceMs = 900;
const writeEveryMs = 10_000;

@Injectable()
export class HealthService {
  /** The database is asked once at a time, however many probes wait: a hanging one must not eat the pool. */
  private asking: Promise<void> | undefined;
  private stopping = false;
  /** When a write was last tried, and whether it failed. */
  private wrote = -Infinity;
  private unwritable = false;

  constructor(
    private readonly database: HealthRepository,
    private readonly nodes: Nodes,
    private readonly storage: StorageHealth,
    @Inject(REDIS) private readonly redis: Redis | null,
  ) {}

  async ready(): Promise<Ready> {
    const [postgres, redis] = await Promise.all([answersInTime(this.askDatabase()), this.redisState()]);
    const well = postgres === 'up' && !this.stopping;
    const whole = redis !== 'down' && this.nodes.connected === this.nodes.linked;
    return { status: well ? (whole ? 'ready' : 'degraded') : 'unavailable', postgres, redis };
  }

  /** From now on no new work should come here. */
  stop(): void {
    this.stopping = true;
  }

  version(): Version {
    return { ...product, node: process.version };
  }

  private askDatabase(): Promise<void> {
    this.asking ??= this.isUsable().finally(() => { this.asking = undefined; });
    return this.asking;
  }

  /** Messages that are stored prove it; otherwise a write is tried now and then, and at each question while it fails. */
  private async isUsable(): Promise<void> {
    if (this.storage.isDown) throw new Error('Nothing could be stored');
    if (this.storage.isProved || (!this.unwritable && performance.now() - this.wrote < writeEveryMs)) return await this.database.ping();
    this.unwritable = true;
    await this.database.write();
    this.unwritable = false;
    this.wrote = performance.now();
  }

  private async redisState(): Promise<PartState> {
    return this.redis === null ? 'off' : await answersInTime(this.redis.ping());
  }
}

async function answersInTime(answer: Promise<unknown>): Promise<PartState> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<PartState>((resolve) => { timer = setTimeout(resolve, patienceMs, 'down'); });
  const state = await Promise.race([answer.then<PartState, PartState>(() => 'up', () => 'down'), tooLate]);
  clearTimeout(timer);
  return state;
}
