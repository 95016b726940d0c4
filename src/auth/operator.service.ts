import { Injectable } from '@nestjs/common';
import { ChangePasswordDto } from '../contract/auth.dto.js';
import { toId } from '../contract/fields.js';
import type { UserRole } from '../contract/user.dto.js';
import { Refusal } from '../common/refusal.js';
import { validationPipe } from '../common/validation.js';
import { UsersService, type Account } from '../users/users.service.js';
import { IdentitiesRepository } from './identities.repository.js';
import { Passwords } from './passwords.js';
import type { PastSession } from './session.view.js';
import { SessionsService } from './sessions.service.js';

/** What a person looks like from the side of signing in. */
export interface WaysIn {
  identities: { provider: string; subject: string; createdAt: string }[];
  sessions: PastSession[];
}

/** What whoever runs the server may do to accounts, where no admin is signed in. */
@Injectable()
export class OperatorService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly identities: IdentitiesRepository,
    private readonly passwords: Passwords,
  ) {}

  /** By id, username or e-mail address. */
  async find(who: string): Promise<Account> {
    const id = toId(who);
    if (id !== undefined) return await this.users.getAccount(id);
    const account = await this.users.findAccount(who);
    if (account === null) throw new Refusal('not_found', { detail: `There is no user "${who}"` });
    return account;
  }

  setRole({ id }: Account, role: UserRole): Promise<void> {
    return this.users.setRole(id, role);
  }

  /** Returns how many sessions ended with it. */
  async setDisabled({ id }: Account, disabled: boolean): Promise<number> {
    await this.users.setDisabled(id, disabled);
    return disabled ? await this.sessions.endAll(id, 'account_disabled') : 0;
  }

  /** By the same rules as when people choose one. Whoever was signed in, with the old password or without, no longer is. */
  async resetPassword({ id, name, email, username }: Account, password: string): Promise<number> {
    await validationPipe().transform({ next: password }, { type: 'body', metatype: ChangePasswordDto });
    this.passwords.refuseCommon('next', password, [name, email ?? '', username]);
    await this.users.setPassword(id, await this.passwords.hash(password));
    return await this.sessions.endAll(id, 'password_reset');
  }

  endSessions({ id }: Account): Promise<number> {
    return this.sessions.endAll(id, 'ended_by_operator');
  }

  async waysIn({ id }: Account): Promise<WaysIn> {
    const identities = await this.identities.listOf(id);
    return {
      identities: identities.map(({ provider, subject, createdAt }) => ({ provider, subject, createdAt: createdAt.toISOString() })),
      sessions: await this.sessions.allOf(id),
    };
  }

  /** Nobody signs in with this account any more, and it no longer says whose it was. May be called again when it was cut short. */
  async erase({ id }: Account): Promise<number> {
    await this.users.anonymise(id);
    const ended = await this.identities.forgetAll(id);
    this.sessions.ended(id, ended, 'account_erased');
    return ended.length;
  }
}
