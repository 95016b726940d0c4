import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import type { SignedIn, TokenDelivery, Tokens } from '../contract/auth.dto.js';
import { originAllowed } from '../common/origins.js';
import { Refusal } from '../common/refusal.js';
import { DeviceCookie } from './device-cookie.js';

const name = 'verbatim_refresh';
const path = '/api/v1/auth';

/** The refresh token of a browser lives in a cookie that no script can read and no other site can send. */
@Injectable()
export class RefreshCookie {
  constructor(private readonly devices: DeviceCookie, @Inject(CONFIG) private readonly config: Config) {}

  /** Puts the tokens of a new session where the caller wants them. */
  deliverSession(answer: SignedIn, delivery: TokenDelivery | undefined, reply: FastifyReply): SignedIn {
    if (delivery !== 'cookie') return answer;
    const delivered = this.deliver(answer, delivery, reply);
    this.devices.keep(answer, reply.request, reply);
    return { ...delivered, deviceToken: undefined };
  }

  /** Puts the refresh token where the caller wants it. */
  deliver<T extends Tokens>(answer: T, delivery: TokenDelivery | undefined, reply: FastifyReply): T {
    if (delivery !== 'cookie' || answer.refreshToken === undefined) return answer;
    void reply.setCookie(name, answer.refreshToken, { ...this.attributes(), maxAge: this.config.REFRESH_TTL });
    return { ...answer, refreshToken: undefined };
  }

  /** The token in the cookie; only for pages that may use this server. */
  read(request: FastifyRequest): string | undefined {
    const token = request.cookies[name];
    if (token !== undefined) this.refuseForeignOrigin(request);
    return token;
  }

  clear(request: FastifyRequest, reply: FastifyReply): void {
    if (request.cookies[name] === undefined) return;
    this.refuseForeignOrigin(request);
    void reply.clearCookie(name, this.attributes());
  }

  private refuseForeignOrigin({ headers }: FastifyRequest): void {
    if (!originAllowed(this.config, headers.origin, headers.host)) throw new Refusal('origin_not_allowed');
  }

  private attributes() {
    return { path, httpOnly: true, sameSite: 'strict', secure: this.config.PUBLIC_URL.startsWith('https:') } as const;
  }
}
