import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { REDIS } from './redis.js';
import { Refusal } from './refusal.js';

/** How many calls of each class one caller may make, and in how many seconds. */
export const limits = {
  read: { points: 1200, duration: 60 },
  write: { points: 300, duration: 60 },
  search: { points: 120, duration: 60 },
  messages: { points: 20, duration: 10 },
  message_burst: { points: 10, duration: 60 },
  sign_in: { points: 100, duration: 60 },
  login_failures_per_account: { points: 10, duration: 900 },
  login_failures_per_address: { points: 50, duration: 900 },
} as const;

export type LimitClass = keyof typeof limits;

export interface Standing {
  allowed: number;
  remaining: number;
  resetSeconds: number;
  exceeded: boolean;
}

/** Counts per caller. In Redis when there is one, so that nodes count together; while it is away each node counts for itself. */
@Injectable()
export class RateLimits {
  private readonly limiters: Record<LimitClass, RateLimiterAbstract>;
  readonly on: boolean;

  constructor(@Inject(CONFIG) config: Config, @Inject(REDIS) redis: Redis | null) {
    this.on = config.RATE_LIMITS;
    const entries = Object.entries(limits).map(([name, limit]) => [name, limiter(name, limit, redis)]);
    this.limiters = Object.fromEntries(entries) as Record<LimitClass, RateLimiterAbstract>;
  }

  /** Counts one call and tells where the caller stands. */
  async count(limit: LimitClass, caller: string): Promise<Standing> {
    try {
      return standing(limit, await this.limiters[limit].consume(caller), false);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return standing(limit, refused, true);
      throw refused;
    }
  }

  /** Where the caller stands, without counting. */
  async look(limit: LimitClass, caller: string): Promise<Standing> {
    const found = await this.limiters[limit].get(caller);
    if (found === null) return { allowed: limits[limit].points, remaining: limits[limit].points, resetSeconds: 0, exceeded: false };
    return standing(limit, found, found.remainingPoints <= 0);
  }

  /** Counts one call and refuses it when it is one too many. */
  async demand(limit: LimitClass, caller: string): Promise<void> {
    if (!this.on) return;
    const standing = await this.count(limit, caller);
    if (standing.exceeded) throw tooMany('rate_limited', standing);
  }

  /** Twenty messages in ten seconds, and ten more now and then. */
  async demandMessage(userId: string): Promise<void> {
    if (!this.on) return;
    const standing = await this.count('messages', userId);
    if (!standing.exceeded || !(await this.count('message_burst', userId)).exceeded) return;
    throw tooMany('rate_limited', standing);
  }

  async forget(limit: LimitClass, caller: string): Promise<void> {
    await this.limiters[limit].delete(caller);
  }
}

export function tooMany(code: 'rate_limited' | 'too_many_failures', { resetSeconds }: Standing): Refusal {
  const seconds = Math.max(1, resetSeconds);
  return new Refusal(code, { detail: `Try again in ${seconds} s`, headers: { 'Retry-After': String(seconds) }, retryAfterMs: seconds * 1000 });
}

function limiter(name: string, limit: { points: number; duration: number }, redis: Redis | null): RateLimiterAbstract {
  const here = new RateLimiterMemory({ keyPrefix: name, ...limit });
  if (redis === null) return here;
  return new RateLimiterRedis({ storeClient: redis, keyPrefix: `verbatim:limit:${name}`, insuranceLimiter: here, ...limit });
}

function standing(limit: LimitClass, found: RateLimiterRes, exceeded: boolean): Standing {
  return { allowed: limits[limit].points, remaining: Math.max(0, found.remainingPoints), resetSeconds: Math.ceil(found.msBeforeNext / 1000), exceeded };
}
