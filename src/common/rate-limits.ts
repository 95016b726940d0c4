import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { OwnCounts, type Counts, type LimitClass, type Standing } from './counts.js';
import { primary } from './primary.js';
import { REDIS } from './redis.js';
import { Refusal } from './refusal.js';
import { SharedCounts } from './shared-counts.js';

/** What to do with callers by their counts, which are those of all nodes and workers together. */
@Injectable()
export class RateLimits {
  private readonly counts: Counts;
  readonly on: boolean;

  constructor(@Inject(CONFIG) config: Config, @Inject(REDIS) redis: Redis | null) {
    this.on = config.RATE_LIMITS;
    const here = new OwnCounts(redis);
    this.counts = primary === null || redis !== null ? here : new SharedCounts(primary, here);
  }

  /** Counts one call and tells where the caller stands. */
  count(limit: LimitClass, caller: string): Promise<Standing> {
    return this.counts.count(limit, caller);
  }

  /** Where the caller stands, without counting. */
  look(limit: LimitClass, caller: string): Promise<Standing> {
    return this.counts.look(limit, caller);
  }

  /** Counts one call and refuses it when it is one too many. */
  async demand(limit: LimitClass, caller: string): Promise<void> {
    if (!this.on) return;
    const standing = await this.count(limit, caller);
    if (standing.exceeded) throw tooMany('rate_limited', standing);
  }

  /** Twenty messages in ten seconds, and ten more now and then. */
  async countMessage(userId: string): Promise<Standing> {
    const standing = await this.count('messages', userId);
    if (!standing.exceeded) return standing;
    return { ...standing, exceeded: (await this.count('message_burst', userId)).exceeded };
  }

  async demandMessage(userId: string): Promise<void> {
    if (!this.on) return;
    const standing = await this.countMessage(userId);
    if (standing.exceeded) throw tooMany('rate_limited', standing);
  }

  async forget(limit: LimitClass, caller: string): Promise<void> {
    await this.counts.forget(limit, caller);
  }
}

export function tooMany(code: 'rate_limited' | 'too_many_failures', { resetSeconds }: Standing): Refusal {
  const seconds = Math.max(1, resetSeconds);
  return new Refusal(code, { detail: `Try again in ${seconds} s`, headers: { 'Retry-After': String(seconds) }, retryAfterMs: seconds * 1000 });
}
