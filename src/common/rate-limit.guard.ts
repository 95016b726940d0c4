import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import type { Limit as LimitSize, LimitClass, Standing } from './counts.js';
import type { AuthenticatedRequest } from './me.js';
import { networkOf } from './network.js';
import { RateLimits, tooMany } from './rate-limits.js';

const LIMIT = 'verbatim:limit';
const UNLIMITED = 'none';

/** Which limit an operation counts against; otherwise reads count as `read` and the rest as `write`. */
export const Limit = (limit: LimitClass) => SetMetadata(LIMIT, limit);
/** For what probes and scrapers call. */
export const NoLimit = () => SetMetadata(LIMIT, UNLIMITED);

/** Runs after the authentication guard: a user is counted wherever they come from, an anonymous caller by address. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly rates: RateLimits, private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.rates.on || context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const stated = this.reflector.getAllAndOverride<LimitClass | typeof UNLIMITED | undefined>(LIMIT, [context.getHandler(), context.getClass()]);
    if (stated === UNLIMITED) return true;
    const limit = stated ?? (request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write');
    const caller = request.user?.id ?? networkOf(request.ip);
    const standing = limit === 'messages' ? await this.rates.countMessage(caller) : await this.rates.count(limit, caller);
    tellStanding(context.switchToHttp().getResponse(), [limit, this.rates.limits[limit]], standing);
    if (standing.exceeded) throw tooMany('rate_limited', standing);
    return true;
  }
}

/** The header fields of draft-ietf-httpapi-ratelimit-headers. */
function tellStanding(reply: FastifyReply, [name, { points, duration }]: [LimitClass, LimitSize], { remaining, resetSeconds }: Standing): void {
  void reply.header('RateLimit-Policy', `"${name}";q=${points};w=${duration}`);
  void reply.header('RateLimit', `"${name}";r=${remaining};t=${resetSeconds}`);
}
