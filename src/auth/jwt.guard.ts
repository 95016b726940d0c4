import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import jwt, { type JwtPayload } from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { ADMIN, PUBLIC, type AuthenticatedRequest, type Me } from '../common/me.js';
import { Refusal } from '../common/refusal.js';
import { endsInTime, headerIsOurs } from './access-token.js';
import { JwtStrategy } from './jwt.strategy.js';
import { SessionsService } from './sessions.service.js';

interface Verified {
  sid: string;
  exp: number;
}

/** Every operation needs a token unless it says `@Public()`. Global, so that a new controller is closed before anybody thinks of it. */
@Injectable()
export class JwtGuard extends AuthGuard() {
  /** Tokens that passport has verified. Only the signature is remembered: whether the session still counts is asked each time. */
  private readonly verified = new LRUCache<string, Verified>({ max: 20_000 });

  constructor(strategy: JwtStrategy, private readonly sessions: SessionsService, private readonly reflector: Reflector) {
    // Not by name: passport keeps names for the whole process, and there may be two servers in it. But a new object for each
    // request, as passport makes one from a name: it hangs the request's own success and failure on it, and with one object
    // for all, of two requests at once one would be taken for the other's user.
    super({ get defaultStrategy() { return Object.create(strategy) as string; } });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http' || this.says(PUBLIC, context)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = bearerToken(request);
    request.user = this.recall(token) ?? (await this.verify(token, context));
    if (this.says(ADMIN, context) && request.user.role !== 'admin') throw new Refusal('forbidden');
    return true;
  }

  private says(key: string, context: ExecutionContext): boolean {
    return this.reflector.getAllAndOverride<boolean | undefined>(key, [context.getHandler(), context.getClass()]) === true;
  }

  private recall(token: string): Me | undefined {
    const known = this.verified.get(token);
    return known !== undefined && endsInTime(known.exp) ? this.sessions.checkKnown(known.sid) : undefined;
  }

  private async verify(token: string, context: ExecutionContext): Promise<Me> {
    if (!headerIsOurs(token)) throw new Refusal('unauthenticated');
    await super.canActivate(context);
    const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (user === undefined) throw new Refusal('unauthenticated');
    this.verified.set(token, { sid: user.sid, exp: (jwt.decode(token) as JwtPayload).exp ?? 0 });
    return user;
  }

  /** Passport's word on a token, in ours. A database that is away is not the token's fault. */
  override handleRequest<User>(error: unknown, user: User | false): User {
    if (error !== null && error !== undefined) throw error as Error;
    if (user === false) throw new Refusal('unauthenticated');
    return user;
  }
}

/** The one token of a request. Two of them are as good as none: who knows which one a proxy in front has looked at. */
function bearerToken({ raw }: AuthenticatedRequest): string {
  const headers = raw.rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === 'authorization');
  const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(raw.headers.authorization ?? '') ?? [];
  if (headers.length !== 1 || token === undefined) throw new Refusal('unauthenticated');
  return token;
}
