import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { JwtPayload } from 'jsonwebtoken';
import { ExtractJwt, Strategy, type StrategyOptionsWithSecret } from 'passport-jwt';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import type { Me } from '../common/me.js';
import { Refusal } from '../common/refusal.js';
import { claimsOf, signingKey, verifyOptions } from './access-token.js';
import { SessionsService } from './sessions.service.js';

/** Signature, lifetime, issuer and audience are passport-jwt's to check; then the session must still count. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(private readonly sessions: SessionsService, @Inject(CONFIG) config: Config) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      // The types know strings and buffers only; the library takes a KeyObject, and that makes each check fifty times cheaper.
      secretOrKey: signingKey(config.JWT_SECRET) as unknown as string,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way to name a clock tolerance
      jsonWebTokenOptions: { clockTolerance: verifyOptions.clockTolerance },
      algorithms: verifyOptions.algorithms,
      issuer: verifyOptions.issuer,
      audience: verifyOptions.audience,
    } satisfies StrategyOptionsWithSecret);
  }

  async validate(payload: JwtPayload): Promise<Me> {
    const claims = claimsOf(payload);
    const me = claims && (await this.sessions.check(claims.sid));
    if (me === null || me.id !== claims?.sub) throw new Refusal('unauthenticated');
    return me;
  }
}
