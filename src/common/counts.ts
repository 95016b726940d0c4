import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Config } from '../config/settings.js';
import { logger } from './logger.js';
import { addCalls, slidingWindowScript, toStanding, type CallLog, type Limit, type Standing } from './sliding-window.js';

export type { Limit, Standing };

/** How many calls of each class one caller may make, and in how many seconds. */
export const limits = {
  read: { points: 1200, duration: 60 },
  write: { points: 300, duration: 60 },
  search: { points: 120, duration: 60 },
  sync: { points: 600, duration: 60 },
  messages: { points: 20, duration: 10 },
  message_burst: { points: 10, duration: 60 },
  typing: { points: 120, duration: 60 },
  connects: { points: 120, duration: 60 },
  handshakes: { points: 3000, duration: 60 },
  open: { points: 3000, duration: 60 },
  scrapes: { points: 120, duration: 60 },
  rooms: { points: 30, duration: 3600 },
  added_members: { points: 200, duration: 3600 },
  sign_in: { points: 100, duration: 60 },
  login_failures_per_account: { points: 10, duration: 900 },
  login_failures_per_account_daily: { points: 50, duration: 86_400 },
  login_failures_per_device: { points: 10, duration: 900 },
  login_failures_per_address: { points: 50, duration: 900 },
} as const;

export type LimitClass = keyof typeof limits;
export type Limits = Readonly<Record<LimitClass, Limit>>;

/** Those of ordinary use grow with the factor; those that stop the guessing of passwords do not. */
const scaled: readonly LimitClass[] = ['read', 'write', 'search', 'sync', 'messages', 'message_burst', 'typing', 'connects', 'handshakes', 'open', 'scrapes'];

export function limitsOf(config: Pick<Config, 'RATE_LIMIT_FACTOR' | 'ROOMS_PER_HOUR' | 'ADDED_MEMBERS_PER_HOUR'>): Limits {
  const times = (limit: Limit): Limit => ({ ...limit, points: limit.points * config.RATE_LIMIT_FACTOR });
  return {
    ...limits,
    ...Object.fromEntries(scaled.map((name) => [name, times(limits[name])])),
    rooms: { ...limits.rooms, points: config.ROOMS_PER_HOUR },
    added_members: { ...limits.added_members, points: config.ADDED_MEMBERS_PER_HOUR },
  };
}

type Answer = Standing | Promise<Standing>;

/** Counts the calls of each caller, by class. */
export interface Counts {
  /** Counts so many calls, or none of them if they are too many, and tells where the caller stands. */
  count(limit: LimitClass, caller: string, amount: number): Answer;
  /** Where the caller stands, without counting. */
  look(limit: LimitClass, caller: string): Answer;
  /** The caller begins anew. */
  forget(limit: LimitClass, caller: string): Answer;
}

export const mostCallers = 50_000;

/** In the memory of this process. */
export class MemoryCounts implements Counts {
  private readonly logs = new Map<LimitClass, LRUCache<string, CallLog>>();

  constructor(private readonly limits: Limits) {}

  count(limit: LimitClass, caller: string, amount: number): Standing {
    const logs = this.logsOf(limit);
    const { log, standing } = addCalls(logs.get(caller) ?? [], this.limits[limit], amount, Date.now());
    logs.set(caller, log);
    return standing;
  }

  look(limit: LimitClass, caller: string): Standing {
    const log = this.logsOf(limit).get(caller);
    if (log === undefined) return toStanding(this.limits[limit], 0, 0, false);
    const { standing } = addCalls(log, this.limits[limit], 1, Date.now());
    return standing.exceeded ? standing : { ...standing, remaining: standing.remaining + 1 };
  }

  forget(limit: LimitClass, caller: string): Standing {
    this.logsOf(limit).delete(caller);
    return toStanding(this.limits[limit], 0, 0, false);
  }

  private logsOf(limit: LimitClass): LRUCache<string, CallLog> {
    let logs = this.logs.get(limit);
    if (logs === undefined) this.logs.set(limit, (logs = new LRUCache({ max: mostCallers, ttl: this.limits[limit].duration * 1000 })));
    return logs;
  }
}

type Script = (key: string, points: number, windowMs: number, amount: number, looking: 0 | 1) => Promise<[used: number, waitMs: number, exceeded: 0 | 1]>;

const retryRedisMs = 1000;

/** In Redis, so that nodes count together; while it is away, in the memory of this process. */
export class RedisCounts implements Counts {
  private readonly run: Script;
  private away = false;

  constructor(private readonly redis: Redis, private readonly limits: Limits, private readonly here: Counts) {
    redis.defineCommand('verbatimSlidingWindow', { numberOfKeys: 1, lua: slidingWindowScript });
    const { verbatimSlidingWindow } = redis as unknown as { verbatimSlidingWindow: Script };
    this.run = verbatimSlidingWindow.bind(redis);
  }

  count(limit: LimitClass, caller: string, amount: number): Answer {
    return this.orHere(() => this.ask(limit, caller, amount, 0), () => this.here.count(limit, caller, amount));
  }

  look(limit: LimitClass, caller: string): Answer {
    return this.orHere(() => this.ask(limit, caller, 1, 1), () => this.here.look(limit, caller));
  }

  forget(limit: LimitClass, caller: string): Answer {
    const forgetHere = (): Answer => this.here.forget(limit, caller);
    return this.orHere(() => this.redis.del(keyOf(limit, caller)).then(forgetHere), forgetHere);
  }

  private async ask(limit: LimitClass, caller: string, amount: number, looking: 0 | 1): Promise<Standing> {
    const { points, duration } = this.limits[limit];
    const [used, waitMs, exceeded] = await this.run(keyOf(limit, caller), points, duration * 1000, amount, looking);
    return toStanding(this.limits[limit], used, waitMs, exceeded === 1);
  }

  /** A Redis that answers nothing costs one request its time limit, and not each of them. */
  private orHere(there: () => Promise<Standing>, here: () => Answer): Answer {
    if (this.away) return here();
    return there().catch((error: unknown) => {
      if (!this.away) this.awaitRedis(error);
      return here();
    });
  }

  private awaitRedis(error: unknown): void {
    logger.warn({ err: error }, 'Redis does not count; this node counts limits by itself');
    this.away = true;
    const retry = setInterval(() => {
      this.redis.ping().then(() => { this.away = false; clearInterval(retry); }, () => undefined);
    }, retryRedisMs).unref();
  }
}

const keyOf = (limit: LimitClass, caller: string): string => `verbatim:limit:${limit}:${caller}`;
