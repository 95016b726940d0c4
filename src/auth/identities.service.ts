import { Injectable } from '@nestjs/common';
import { logger } from '../common/logger.js';
import { Refusal } from '../common/refusal.js';
import { UsersService, type Account } from '../users/users.service.js';
import { FirstAdmin } from './first-admin.js';
import { IdentitiesRepository } from './identities.repository.js';
import type { Person } from './person.js';
import { SessionsService } from './sessions.service.js';

export interface FoundUser {
  userId: string;
  created: boolean;
}

const attempts = 3;

@Injectable()
export class IdentitiesService {
  constructor(
    private readonly identities: IdentitiesRepository,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly firstAdmin: FirstAdmin,
  ) {}

  /** The user that a person at the provider is: known already, found by an address that is proved, or new. */
  async userOf(person: Person, attempt = 1): Promise<FoundUser> {
    // The holder before the identity: they are stored together, so when the holder is there, its identity is seen as well.
    const holder = person.email === null ? null : await this.users.findAccount(person.email);
    const known = await this.identities.findUserId(person);
    if (known !== null) return await this.known(known, person, holder);
    const done = holder === null ? await this.create(person) : await this.link(person, holder);
    if (done !== 'overtaken') return done;
    if (attempt === attempts) throw new Refusal('unavailable', { headers: { 'Retry-After': '1' }, retryAfterMs: 1000 });
    return await this.userOf(person, attempt + 1);
  }

  private async known(userId: string, { email, emailVerified }: Person, holder: Account | null): Promise<FoundUser> {
    if (holder === null && email !== null && emailVerified) await this.users.giveEmail(userId, email);
    return { userId, created: false };
  }

  /** `overtaken`: address or username went to somebody, perhaps to this very person in another tab. */
  private async create({ email, emailVerified, name, avatarUrl, provider, subject }: Person): Promise<FoundUser | 'overtaken'> {
    if (email === null) throw new Refusal('invalid_id_token', { detail: 'The identity token names no usable e-mail address' });
    try {
      const { id } = await this.users.create({
        email: emailVerified ? email : null, usernameHint: email, name, avatarUrl, passwordHash: null, identity: { provider, subject }, mayBeAdmin: this.firstAdmin.isWhoComesFirst,
      });
      return { userId: id, created: true };
    } catch (error) {
      if (error instanceof Refusal && error.status === 409) return 'overtaken';
      throw error;
    }
  }

  /**
   * Only a proved address opens an account that is there. Nobody has proved theirs to us when registering, so it may be a
   * stranger who sits in it, waiting for its owner: every other way in is closed (docs/decisions, "linking").
   */
  private async link(person: Person, holder: Account): Promise<FoundUser | 'overtaken'> {
    if (!person.emailProved) throw new Refusal('email_taken');
    if (holder.disabled) throw new Refusal('account_disabled');
    const outcome = await this.identities.link(holder.id, person);
    if (outcome.kind === 'held_by_another') throw new Refusal('email_taken');
    if (outcome.kind === 'moved') return 'overtaken';
    if (outcome.kind === 'linked') {
      this.sessions.ended(holder.id, outcome.endedSessions, 'identity_linked');
      logger.info({ user: holder.id, hadPassword: holder.passwordHash !== null }, 'identity linked');
    }
    return { userId: holder.id, created: false };
  }
}
