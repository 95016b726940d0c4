import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, QueryFailedError, type Repository } from 'typeorm';
import { prepared } from '../database/prepared.js';
import { profileFields, type Profile } from '../database/wire.js';
import { UserEntity } from './user.entity.js';

export interface SearchPlace {
  score: number;
  usernameKey: string;
}

export type FoundUser = UserEntity & { score: number };

/** A number that means "who becomes the first admin" among PostgreSQL's advisory locks. */
const firstAdminLock = 7_230_001;

export const profilesSql = `SELECT ${profileFields('u')} FROM users u WHERE u.id = ANY($1::uuid[])`;

@Injectable()
export class UsersRepository {
  constructor(@InjectRepository(UserEntity) private readonly rows: Repository<UserEntity>) {}

  findById(id: string): Promise<UserEntity | null> {
    return this.rows.findOneBy({ id });
  }

  profiles(ids: readonly string[]): Promise<Profile[]> {
    return prepared<Profile>(this.rows.manager.dataSource, { name: 'profiles', text: profilesSql, values: [ids] });
  }

  /** When those of them who exist were last seen. */
  async lastSeenOf(ids: readonly string[]): Promise<Map<string, Date | null>> {
    const statement = { name: 'last_seen', text: 'SELECT id, last_seen_at FROM users WHERE id = ANY($1::uuid[])', values: [ids] };
    const rows = await prepared<{ id: string; last_seen_at: Date | null }>(this.rows.manager.dataSource, statement);
    return new Map(rows.map((row) => [row.id, row.last_seen_at]));
  }

  findByEmailKey(emailKey: string): Promise<UserEntity | null> {
    return this.rows.findOneBy({ emailKey });
  }

  findByUsernameKey(usernameKey: string): Promise<UserEntity | null> {
    return this.rows.findOneBy({ usernameKey });
  }

  /** Stores a new user; the first one who may on a server without an admin becomes the admin, also when several register at once.
   * With an identity, user and identity are there from the same moment on, so that two tabs cannot make two users. */
  async add(user: Omit<UserEntity, 'role' | 'createdAt' | 'lastSeenAt' | 'disabledAt'>, more: { identity?: { provider: string; subject: string }; mayBeAdmin: boolean }): Promise<UserEntity> {
    const { identity, mayBeAdmin } = more;
    return await this.rows.manager.transaction(async (manager) => {
      const first = mayBeAdmin && !(await manager.existsBy(UserEntity, { role: 'admin' })) && (await this.lockedWithoutAdmin(manager));
      const row = manager.create(UserEntity, { ...user, role: first ? 'admin' : 'user', lastSeenAt: null, disabledAt: null });
      await manager.insert(UserEntity, row);
      if (identity !== undefined) {
        await manager.query('INSERT INTO identities (provider, subject, user_id) VALUES ($1, $2, $3)', [identity.provider, identity.subject, row.id]);
      }
      return row;
    });
  }

  private async lockedWithoutAdmin(manager: Repository<UserEntity>['manager']): Promise<boolean> {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [firstAdminLock]);
    return !(await manager.existsBy(UserEntity, { role: 'admin' }));
  }

  async countKnown(ids: readonly string[]): Promise<number> {
    return ids.length === 0 ? 0 : await this.rows.createQueryBuilder('u').where('u.id = ANY(:ids)', { ids }).getCount();
  }

  hasAdmin(): Promise<boolean> {
    return this.rows.existsBy({ role: 'admin' });
  }

  async isEmpty(): Promise<boolean> {
    return !(await this.rows.exists());
  }

  async update(id: string, change: Partial<UserEntity>): Promise<void> {
    await this.rows.update({ id }, change);
  }

  /**
   * Replaces the password that was seen, through a session that still counts: one statement, so that a change under way when the
   * account is given to somebody else (which removes the password and ends the sessions) comes to nothing.
   */
  async changePassword({ id, sid }: { id: string; sid: string }, from: string | null, to: string): Promise<boolean> {
    const [, changed]: [unknown[], number] = await this.rows.manager.query(
      `UPDATE users SET password_hash = $4 WHERE id = $1 AND password_hash IS NOT DISTINCT FROM $3
       AND EXISTS (SELECT FROM sessions WHERE sessions.id = $2 AND sessions.user_id = $1 AND revoked_at IS NULL)`, [id, sid, from, to]);
    return changed === 1;
  }

  async giveEmail(id: string, email: string, emailKey: string): Promise<void> {
    await this.rows.update({ id, email: IsNull() }, { email, emailKey });
  }

  setRole(id: string, role: 'user' | 'admin'): Promise<'done' | 'last_admin'> {
    return this.unlessLastAdmin(id, { role }, role === 'user');
  }

  setDisabled(id: string, disabled: boolean): Promise<'done' | 'last_admin'> {
    return this.unlessLastAdmin(id, { disabledAt: disabled ? new Date() : null }, disabled);
  }

  /** What is left when a person is to be forgotten: a row that others' messages can refer to, and nobody's. */
  anonymise(id: string, nobody: Partial<UserEntity>): Promise<'done' | 'last_admin'> {
    return this.unlessLastAdmin(id, nobody, true);
  }

  /** Changes an account, unless that would leave the server without an admin at work; also when two admins act on each other at once. */
  private async unlessLastAdmin(id: string, change: Partial<UserEntity>, lessens: boolean): Promise<'done' | 'last_admin'> {
    return await this.rows.manager.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [firstAdminLock]);
      const admins: { id: string }[] = await manager.query(`SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL LIMIT 2`);
      if (lessens && admins.length === 1 && admins[0]?.id === id) return 'last_admin';
      await manager.update(UserEntity, { id }, change);
      return 'done';
    });
  }

  /** Everybody, by username. */
  listAfter(usernameKey: string, limit: number): Promise<UserEntity[]> {
    return this.rows.createQueryBuilder('u')
      .where('u.username_key > :usernameKey AND u.disabled_at IS NULL', { usernameKey })
      .orderBy('u.username_key')
      .limit(limit)
      .getMany();
  }

  /** Exact username first, then names beginning with the words, then names that resemble them. */
  async searchAfter(words: string, after: SearchPlace, limit: number): Promise<FoundUser[]> {
    const like = words.replace(/[\\%_]/g, '\\$&');
    return await this.rows.manager.transaction(async (manager) => {
      await manager.query(`SELECT set_config('pg_trgm.word_similarity_threshold', '0.3', true)`);
      const rows: (Record<string, unknown> & { id: string; score: number })[] = await manager.query(
        `SELECT * FROM (
           SELECT id, username_key,
             CASE WHEN username_key = $1 THEN 3
                  WHEN search_text LIKE $2 || '%' OR search_text LIKE '% ' || $2 || '%' THEN 2
                  ELSE round(word_similarity($1, search_text)::numeric, 4) END::float8 AS score
           FROM users
           WHERE disabled_at IS NULL AND (search_text LIKE '%' || $2 || '%' OR $1 <% search_text)
         ) AS found
         WHERE score < $3 OR (score = $3 AND username_key > $4)
         ORDER BY score DESC, username_key LIMIT $5`,
        [words, like, after.score, after.usernameKey, limit],
      );
      const users = await manager.createQueryBuilder(UserEntity, 'u').where('u.id = ANY(:ids)', { ids: rows.map(({ id }) => id) }).getMany();
      const byId = new Map(users.map((user) => [user.id, user]));
      return rows.flatMap(({ id, score }) => { const user = byId.get(id); return user === undefined ? [] : [Object.assign(user, { score })]; });
    });
  }

  /** Remembers when people were last seen; never moves backwards. */
  async sawAt(seen: ReadonlyMap<string, Date>): Promise<void> {
    await this.rows.manager.query(
      `UPDATE users SET last_seen_at = seen.at FROM unnest($1::uuid[], $2::timestamptz[]) AS seen(id, at)
       WHERE users.id = seen.id AND (users.last_seen_at IS NULL OR users.last_seen_at < seen.at)`,
      [[...seen.keys()], [...seen.values()]],
    );
  }
}

/** Which unique rule an insert or update ran into, if that is why it failed. */
export function brokenUniqueRule(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  return code === '23505' ? constraint : undefined;
}
