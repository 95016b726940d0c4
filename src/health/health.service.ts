import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { PartState, Ready, Version } from '../contract/health.dto.js';
import { product } from '../common/product.js';
import { REDIS } from '../common/redis.js';
import { Nodes } from '../realtime/nodes.js';
import { HealthRepository } from './health.repository.js';

const patienceMs = 900;

@Injectable()
export class HealthService {
  /** The database is asked once at a time, however many probes wait: a hanging one must not eat the pool. */
  private asking: Promise<void> | undefined;
  private stopping = false;

  constructor(private readonly database: HealthRepository, private readonly nodes: Nodes, @Inject(REDIS) private readonly redis: Redis | null) {}

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
    this.asking ??= this.database.ping().finally(() => { this.asking = undefined; });
    return this.asking;
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
