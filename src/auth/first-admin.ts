import { Inject, Injectable } from '@nestjs/common';
import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { Refusal } from '../common/refusal.js';
import { UsersService } from '../users/users.service.js';
import { sha256 } from './refresh-token.js';

/**
 * Who becomes the first administrator. In development it is who registers first; in production, where strangers may come first, it is
 * who registers with the code that only the operator has seen. The code follows from JWT_SECRET, so that all nodes know the same one,
 * and is worth nothing once there is an administrator.
 */
@Injectable()
export class FirstAdmin {
  private readonly code: string;
  private found = false;

  constructor(private readonly users: UsersService, @Inject(CONFIG) private readonly config: Config) {
    const bytes = Buffer.from(hkdfSync('sha256', config.JWT_SECRET, '', 'verbatim first admin', 12));
    this.code = (bytes.toString('hex').match(/.{6}/g) ?? []).join('-');
  }

  get isWhoComesFirst(): boolean {
    return this.config.NODE_ENV !== 'production';
  }

  /** The code, while this server waits for somebody who knows it. */
  async awaitedCode(): Promise<string | undefined> {
    if (this.isWhoComesFirst || this.found) return undefined;
    this.found = await this.users.hasAdmin();
    return this.found ? undefined : this.code;
  }

  /** May somebody who registers with this code, or without one, become the administrator if there is none? */
  async mayBe(code: string | undefined): Promise<boolean> {
    if (code === undefined) return this.isWhoComesFirst;
    const isRight = timingSafeEqual(sha256(code.trim().toLowerCase()), sha256(this.code));
    if (!isRight || (await this.users.hasAdmin())) throw new Refusal('invalid_admin_code');
    return true;
  }
}
