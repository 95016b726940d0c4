import { Inject, Injectable } from '@nestjs/common';
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import jwt, { type JwtPayload } from 'jsonwebtoken';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { newId } from '../common/ids.js';

const audience = 'verbatim-device';
export const deviceLifeSeconds = 365 * 86_400;

/**
 * Remembers on a device that its owner has signed in there. It opens nothing: while others guess at the account's password, the
 * device's own failures count instead of theirs.
 */
@Injectable()
export class DeviceTokens {
  private readonly key: KeyObject;

  constructor(@Inject(CONFIG) config: Config) {
    this.key = createSecretKey(Buffer.from(hkdfSync('sha256', config.JWT_SECRET, '', 'verbatim device', 32)));
  }

  issue(userId: string): string {
    return jwt.sign({ sub: userId, jti: newId() }, this.key, { algorithm: 'HS256', audience, expiresIn: deviceLifeSeconds });
  }

  /** The id of the device among these tokens on which this user has signed in. */
  find(tokens: readonly string[], userId: string | undefined): string | undefined {
    return tokens.map((token) => this.read(token)).find((claims) => claims !== null && claims.sub === userId)?.jti;
  }

  /** Those that belong to other users, for a device that several people share. */
  ofOthers(tokens: readonly string[], userId: string): string[] {
    return tokens.filter((token) => { const claims = this.read(token); return claims !== null && claims.sub !== userId; });
  }

  private read(token: string): JwtPayload | null {
    try {
      return jwt.verify(token, this.key, { algorithms: ['HS256'], audience }) as JwtPayload;
    } catch {
      return null;
    }
  }
}
