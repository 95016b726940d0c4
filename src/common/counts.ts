import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** How many calls of each class one caller may make, and in how many seconds. */
export const limits = {
  read: { points: 1200, duration: 60 },
  write: { points: 300, duration: 60 },
  search: { points: 120, duration: 60 },
  messages: { points: 20, duration: 10 },
  message_burst: { points: 10, duration: 60 },
  sign_in: { points: 100, duration: 60 },
  login_failures_per_account: { points: 10, duration: 900 },
  login_failures_per_account_daily: { points: 50, duration: 86_400 },
  login_failures_per_device: { points: 10, duration: 900 },
  login_failures_per_address: { points: 50, duration: 900 },
} as const;

export type LimitClass = keyof typeof limits;

export interface Standing {
  allowed: number;
  remaining: number;
  resetSeconds: number;
  exceeded: boolean;
}

/** Counts the calls of each caller, by class. */
export interface Counts {
  /** Counts one call and tells where the caller stands. */
  count(limit: LimitClass, caller: string): Promise<Standing>;
  /** Where the caller stands, without counting. */
  look(limit: LimitClass, caller: string): Promise<Standing>;
  /** The caller begins anew. */
  forget(limit: LimitClass, caller: string): Promise<Standing>;
}

/** In Redis when there is one, so that nodes count together; while it is away, and without it, in the memory of this process. */
export class OwnCounts implements Counts {
  private readonly limiters: Record<LimitClass, RateLimiterAbstract>;

  constructor(redis: Redis | null) {
    const entries = Object.entries(limits).map(([name, limit]) => [name, limiter(name, limit, redis)]);
    this.limiters = Object.fromEntries(entries) as Record<LimitClass, RateLimiterAbstract>;
  }

  async count(limit: LimitClass, caller: string): Promise<Standing> {
    try {
      return standing(limit, await this.limiters[limit].consume(caller), false);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return standing(limit, refused, true);
      throw refused;
    }
  }

  async look(limit: LimitClass, caller: string): Promise<Standing> {
    const found = await this.limiters[limit].get(caller);
    return found === null ? fresh(limit) : standing(limit, found, found.remainingPoints <= 0);
  }

  async forget(limit: LimitClass, caller: string): Promise<Standing> {
    await this.limiters[limit].delete(caller);
    return fresh(limit);
  }
}

function limiter(name: string, limit: { points: number; duration: number }, redis: Redis | null): RateLimiterAbstract {
  const here = new RateLimiterMemory({ keyPrefix: name, ...limit });
  if (redis === null) return here;
  return new RateLimiterRedis({ storeClient: redis, keyPrefix: `verbatim:limit:${name}`, insuranceLimiter: here, ...limit });
}

function standing(limit: LimitClass, found: RateLimiterRes, exceeded: boolean): Standing {
  return { allowed: limits[limit].points, remaining: Math.max(0, found.remainingPoints), resetSeconds: Math.ceil(found.msBeforeNext / 1000), exceeded };
}

function fresh(limit: LimitClass): Standing {
  return { allowed: limits[limit].points, remaining: limits[limit].points, resetSeconds: 0, exceeded: false };
}
