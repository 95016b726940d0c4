import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import type { Limit as LimitSize, LimitClass, Standing } from './counts.js';
import type { AuthenticatedRequest } from './me.js';
import { networkOf } from './network.js';
import { RateLimits, tooMany } from './rate-limits.js';
import { Turns } from './turns.js';

const LIMIT = 'verbatim:limit';
const UNLIMITED = 'none';
const slowMs = 1000;

/** Which limit an operation counts against; otherwise reads count as `read` and the rest as `write`. */
export const Limit = (limit: LimitClass) => SetMetadata(LIMIT, limit);
/** For what probes and scrapers call. */
export const NoLimit = () => SetMetadata(LIMIT, UNLIMITED);

/** Runs after the authentication guard: a user is counted wherever they come from, an anonymous caller by address. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly held = new Turns(20, 0);

  constructor(private readonly rates: RateLimits, private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.rates.on || context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const stated = this.reflector.getAllAndOverride<LimitClass | typeof UNLIMITED | undefined>(LIMIT, [context.getHandler(), context.getClass()]);
    if (stated === UNLIMITED) return true;
    const reading = request.method === 'GET' || request.method === 'HEAD';
    const limit = stated ?? (reading ? 'read' : 'write');
    const caller = request.user?.id ?? networkOf(request.ip);
    const standing = await (limit === 'messages' ? this.rates.countMessage(caller) : this.rates.count(limit, caller));
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    tellStanding(reply, [limit, this.rates.limits[limit]], standing);
    if (standing.exceeded) {
      if (this.rates.refused(caller)) await this.slowDown(caller, reply);
      throw tooMany('rate_limited', standing);
    }
    if (request.user !== undefined || limit === 'sign_in') await this.untilItsTurn(limit, caller, reply);
    return true;
  }

  /** The turn lasts until the answer is on its way: somebody who does not read their answers gets no more of them. */
  private async untilItsTurn(limit: LimitClass, caller: string, { raw }: FastifyReply): Promise<void> {
    const end = await this.rates.takeTurn(limit, caller);
    raw.once('close', end);
    if (raw.destroyed) end();
  }

  /** A flood of refused requests is answered slowly, a few at a time, and each needs a new connection. */
  private async slowDown(caller: string, reply: FastifyReply): Promise<void> {
    void reply.header('Connection', 'close');
    await this.held.begin(caller);
    await pause(slowMs);
    this.held.end(caller);
  }
}

/** The header fields of draft-ietf-httpapi-ratelimit-headers. */
function tellStanding(reply: FastifyReply, [name, { points, duration }]: [LimitClass, LimitSize], { remaining, resetSeconds }: Standing): void {
  void reply.header('RateLimit-Policy', `"${name}";q=${points};w=${duration}`);
  void reply.header('RateLimit', `"${name}";r=${remaining};t=${resetSeconds}`);
}
