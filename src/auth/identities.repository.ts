import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { IdentityEntity } from './identity.entity.js';

export type IdentityKey = Pick<IdentityEntity, 'provider' | 'subject'>;

/**
 * `linked`: now, and the sessions named have ended. `already`: it was. `held_by_another`: somebody else at this provider has
 * this user. `moved`: the identity went to another user meanwhile.
 */
export type LinkOutcome = { kind: 'linked'; endedSessions: string[] } | { kind: 'already' | 'held_by_another' | 'moved' };

@Injectable()
export class IdentitiesRepository {
  constructor(@InjectRepository(IdentityEntity) private readonly rows: Repository<IdentityEntity>) {}

  async findUserId({ provider, subject }: IdentityKey): Promise<string | null> {
    const row = await this.rows.findOneBy({ provider, subject });
    return row?.userId ?? null;
  }

  /** The accounts elsewhere that sign this user in. */
  listOf(userId: string): Promise<IdentityEntity[]> {
    return this.rows.find({ where: { userId }, order: { provider: 'ASC' } });
  }

  /** Every way in, and what was known of each. Returns the sessions that ended with it. The lock: as in `link`. */
  async forgetAll(userId: string): Promise<string[]> {
    return await this.rows.manager.transaction(async (manager) => {
      await manager.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
      await manager.query('DELETE FROM identities WHERE user_id = $1', [userId]);
      await manager.query('DELETE FROM sign_in_codes WHERE user_id = $1', [userId]);
      const [ended]: [{ id: string }[], number] = await manager.query('DELETE FROM sessions WHERE user_id = $1 RETURNING id', [userId]);
      return ended.map(({ id }) => id);
    });
  }

  /**
   * Gives a user to whoever has this identity, and to nobody else. The row lock is the full one on purpose: a session being
   * opened refers to the user and waits for it, so none slips in between the end of the others and the commit.
   */
  async link(userId: string, { provider, subject }: IdentityKey): Promise<LinkOutcome> {
    return await this.rows.manager.transaction(async (manager) => {
      await manager.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
      const held = await manager.findOneBy(IdentityEntity, { userId, provider });
      if (held !== null) return { kind: held.subject === subject ? 'already' : 'held_by_another' };
      const added: unknown[] = await manager.query(
        'INSERT INTO identities (provider, subject, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING user_id', [provider, subject, userId]);
      if (added.length === 0) return { kind: 'moved' };
      return { kind: 'linked', endedSessions: await closeOtherDoors(manager, userId, provider) };
    });
  }
}

/** The password, the other providers, what they opened and are about to open. Returns the sessions that ended. */
async function closeOtherDoors(manager: EntityManager, userId: string, provider: string): Promise<string[]> {
  await manager.query('UPDATE users SET password_hash = NULL WHERE id = $1', [userId]);
  await manager.query('DELETE FROM identities WHERE user_id = $1 AND provider <> $2', [userId, provider]);
  await manager.query('DELETE FROM sign_in_codes WHERE user_id = $1', [userId]);
  const [ended]: [{ id: string }[], number] = await manager.query(
    'UPDATE sessions SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL RETURNING id', [userId]);
  return ended.map(({ id }) => id);
}
