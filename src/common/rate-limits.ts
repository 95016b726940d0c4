import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { limitsOf, MemoryCounts, RedisCounts, type Counts, type LimitClass, type Limits, type Standing } from './counts.js';
import type { Me } from './me.js';
import { primary } from './primary.js';
import { REDIS } from './redis.js';
import { Refusal } from './refusal.js';
import { SharedCounts } from './shared-counts.js';

/** What to do with callers by their counts, which are those of all nodes and workers together. */
@Injectable()
export class RateLimits {
  private readonly counts: Counts;
  readonly on: boolean;
  readonly limits: Limits;

  constructor(@Inject(CONFIG) config: Config, @Inject(REDIS) redis: Redis | null) {
    this.on = config.RATE_LIMITS;
    this.limits = limitsOf(config);
    const here = new MemoryCounts(this.limits);
    if (redis !== null) this.counts = new RedisCounts(redis, this.limits, here);
    else this.counts = primary === null ? here : new SharedCounts(primary, here);
  }

  /** Counts so many calls, or none of them if they are too many, and tells where the caller stands. */
  async count(limit: LimitClass, caller: string, amount = 1): Promise<Standing> {
    return await this.counts.count(limit, caller, amount);
  }

  /** Where the caller stands, without counting. */
  async look(limit: LimitClass, caller: string): Promise<Standing> {
    return await this.counts.look(limit, caller);
  }

  /** Counts calls and refuses them when they are too many. */
  async demand(limit: LimitClass, caller: string, amount = 1): Promise<void> {
    if (!this.on || amount === 0) return;
    const standing = await this.count(limit, caller, amount);
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

  /** A new room with so many people besides the one who makes it. */
  async demandRoom(maker: Me, added: number): Promise<void> {
    if (maker.role === 'admin') return;
    await this.demand('rooms', maker.id);
    await this.demandAdding(maker, added);
  }

  /** So many people put into a room by somebody else. */
  async demandAdding(by: Me, people = 1): Promise<void> {
    if (by.role !== 'admin') await this.demand('added_members', by.id, people);
  }

  async forget(limit: LimitClass, caller: string): Promise<void> {
    await this.counts.forget(limit, caller);
  }
}

export function tooMany(code: 'rate_limited' | 'too_many_failures', { resetSeconds }: Standing): Refusal {
  const seconds = Math.max(1, resetSeconds);
  return new Refusal(code, { detail: `Try again in ${seconds} s`, headers: { 'Retry-After': String(seconds) }, retryAfterMs: seconds * 1000 });
}
