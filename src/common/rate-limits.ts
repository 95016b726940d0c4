import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { limitsOf, MemoryCounts, mostCallers, RedisCounts, type Counts, type LimitClass, type Limits, type Standing } from './counts.js';
import type { Me } from './me.js';
import { primary } from './primary.js';
import { REDIS } from './redis.js';
import { Refusal } from './refusal.js';
import { SharedCounts } from './shared-counts.js';
import { addCalls, toStanding, type CallLog } from './sliding-window.js';
import { Turns } from './turns.js';

/** Of one caller in one process. Who honours `retryAfterMs` is refused a few times a minute. */
const mostRefusals = { points: 300, duration: 60 };

/** How many one caller may have under way, and how many more may wait. Messages are stored together, and need no turns. */
function turnsByClass(): Partial<Record<LimitClass, Turns>> {
  const reads = new Turns(3, 100);
  return { sync: new Turns(1, 20), read: reads, search: reads, write: new Turns(4, 100), sign_in: new Turns(4, 200) };
}

const keyOf = (limit: LimitClass, caller: string): string => `${limit}:${caller}`;

/** What to do with callers by their counts, which are those of all nodes and workers together. */
@Injectable()
export class RateLimits {
  private readonly counts: Counts;
  /** Until when a caller is refused, so that a flood asks neither Redis nor the primary. */
  private readonly refusedUntil = new LRUCache<string, number>({ max: mostCallers });
  private readonly refusals = new LRUCache<string, CallLog>({ max: mostCallers });
  private readonly turns: Partial<Record<LimitClass, Turns>> = turnsByClass();
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
    const waitMs = amount === 1 ? this.waitOf(limit, caller) : 0;
    if (waitMs > 0) return toStanding(this.limits[limit], this.limits[limit].points, waitMs, true);
    const standing = await this.counts.count(limit, caller, amount);
    if (standing.exceeded && amount === 1) this.refusedUntil.set(keyOf(limit, caller), Date.now() + standing.resetSeconds * 1000);
    return standing;
  }

  /** How long a caller is known to be refused, without counting or asking. */
  waitOf(limit: LimitClass, caller: string): number {
    return Math.max(0, (this.refusedUntil.get(keyOf(limit, caller)) ?? 0) - Date.now());
  }

  /** Does the work when fewer than a few of this class are under way for the caller in this process. */
  async inTurn<T>(limit: LimitClass, caller: string, work: () => Promise<T>): Promise<T> {
    const end = await this.takeTurn(limit, caller);
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** For work whose end is announced elsewhere: call what this resolves to. */
  async takeTurn(limit: LimitClass, caller: string): Promise<() => void> {
    const turns = this.turns[limit];
    await turns?.begin(caller);
    let ended = false;
    return () => {
      if (!ended) turns?.end(caller);
      ended = true;
    };
  }

  /** Notes that a caller was refused, and tells whether they go on far beyond what anybody does who waits as told. */
  refused(caller: string): boolean {
    const { log, standing } = addCalls(this.refusals.get(caller) ?? [], mostRefusals, 1, Date.now());
    this.refusals.set(caller, log);
    return standing.exceeded;
  }

  /** How long somebody who floods is turned away; 0: they do not. */
  floodWaitMs(caller: string): number {
    const log = this.refusals.get(caller);
    if (log === undefined) return 0;
    const { standing } = addCalls(log, mostRefusals, 1, Date.now());
    return standing.exceeded ? standing.resetSeconds * 1000 : 0;
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
    if (!standing.exceeded || (await this.count('message_burst', userId)).exceeded) return standing;
    return { ...standing, exceeded: false };
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
    this.refusedUntil.delete(keyOf(limit, caller));
    await this.counts.forget(limit, caller);
  }
}

export function tooMany(code: 'rate_limited' | 'too_many_failures', { resetSeconds }: Pick<Standing, 'resetSeconds'>): Refusal {
  const seconds = Math.max(1, resetSeconds);
  return new Refusal(code, { detail: `Try again in ${seconds} s`, headers: { 'Retry-After': String(seconds) }, retryAfterMs: seconds * 1000 });
}
