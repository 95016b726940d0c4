import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThan, type Repository } from 'typeorm';
import type { UserRole } from '../contract/user.dto.js';
import { prepared } from '../database/prepared.js';
import { SessionEntity } from './session.entity.js';

export interface Rotation {
  id: string;
  familyHash: Buffer;
  presentedHash: Buffer;
  nextHash: Buffer;
  now: Date;
  idleSeconds: number;
}

/** `again`: the answer to this very rotation was lost, so it may be given once more. */
export type RotationOutcome = { kind: 'rotated' | 'again'; session: SessionEntity } | { kind: 'reused'; session: SessionEntity } | { kind: 'unknown' };

export interface LiveSession {
  userId: string;
  role: UserRole;
  expiresAt: Date;
}

export const liveSessionSql = `
SELECT s.user_id, u.role, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL`;

/** How many of these sessions still count, as an administrator's where they are among the second, and otherwise as a user's. */
const howManyAsKnownSql = `
SELECT count(*)::int AS n FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = ANY($1::uuid[]) AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL AND u.role = CASE WHEN s.id = ANY($2::uuid[]) THEN 'admin' ELSE 'user' END`;

const stillAsKnownSql = `
SELECT k.sid FROM unnest($1::uuid[], $2::text[]) AS k(sid, role)
JOIN sessions s ON s.id = k.sid AND s.revoked_at IS NULL AND s.expires_at > now()
JOIN users u ON u.id = s.user_id AND u.role = k.role AND u.disabled_at IS NULL`;

/** As a rule none, so that there is little to send. */
const endedAmongSql = `
SELECT asked.id FROM unnest($1::uuid[]) AS asked(id) WHERE asked.id NOT IN (
  SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id = ANY($1::uuid[]) AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL)`;

const graceMs = 10_000;
const absoluteMs = 90 * 86_400_000;

@Injectable()
export class SessionsRepository {
  constructor(@InjectRepository(SessionEntity) private readonly rows: Repository<SessionEntity>) {}

  async add(session: SessionEntity): Promise<void> {
    await this.rows.insert(session);
  }

  /** A session that still counts, of a user who is not disabled, with the rights that the user has now. */
  async findLive(id: string): Promise<LiveSession | null> {
    const statement = { name: 'live_session', text: liveSessionSql, values: [id] };
    const row = (await prepared<{ user_id: string; role: UserRole; expires_at: Date }>(this.rows.manager.dataSource, statement)).at(0);
    return row === undefined ? null : { userId: row.user_id, role: row.role, expiresAt: row.expires_at };
  }

  /** Those that do not count any more. */
  async endedAmong(ids: readonly string[]): Promise<string[]> {
    const rows = await prepared<{ id: string }>(this.rows.manager.dataSource, { name: 'ended_among', text: endedAmongSql, values: [arrayOf(ids)] });
    return rows.map(({ id }) => id);
  }

  /** Of sessions as somebody remembers them, those that still count, with the same rights: as a rule all, and that is asked first, for half of what it costs to name them. */
  async stillAsKnown(known: ReadonlyMap<string, LiveSession>): Promise<Pick<ReadonlySet<string>, 'has'>> {
    if ((await this.howManyAsKnown(known)) === known.size) return known;
    const sessions = [...known.values()];
    const values = [arrayOf([...known.keys()]), sessions.map(({ role }) => role)];
    const rows = await prepared<{ sid: string }>(this.rows.manager.dataSource, { name: 'still_as_known', text: stillAsKnownSql, values });
    return new Set(rows.map(({ sid }) => sid));
  }

  private async howManyAsKnown(known: ReadonlyMap<string, LiveSession>): Promise<number> {
    const admins: string[] = [];
    for (const [sid, { role }] of known) if (role === 'admin') admins.push(sid);
    const values = [arrayOf([...known.keys()]), arrayOf(admins)];
    const [{ n }] = await prepared<{ n: number }>(this.rows.manager.dataSource, { name: 'how_many_as_known', text: howManyAsKnownSql, values });
    return n;
  }

  async listAll(userId: string): Promise<SessionEntity[]> {
    return await this.rows.find({ where: { userId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  listLive(userId: string): Promise<SessionEntity[]> {
    return this.rows.find({ where: { userId, revokedAt: IsNull(), expiresAt: MoreThan(new Date()) }, order: { lastUsedAt: 'DESC', id: 'DESC' } });
  }

  /** Swaps the refresh token under a row lock, so that of many attempts with one token exactly one rotates. */
  async rotate(rotation: Rotation): Promise<RotationOutcome> {
    return await this.rows.manager.transaction(async (manager) => {
      const session = await manager.findOne(SessionEntity, { where: { id: rotation.id }, lock: { mode: 'pessimistic_write' } });
      if (session === null || !mayRotate(session, rotation)) return { kind: 'unknown' };
      if (session.refreshHash.equals(rotation.presentedHash)) {
        const change = rotated(session, rotation);
        await manager.update(SessionEntity, { id: session.id }, change);
        return { kind: 'rotated', session: { ...session, ...change } };
      }
      if (answerMayBeLost(session, rotation)) return { kind: 'again', session };
      await manager.update(SessionEntity, { id: session.id }, { revokedAt: rotation.now });
      return { kind: 'reused', session };
    });
  }

  /** Ends the sessions of a user: one, all but one, or all. Returns those that ended now. */
  async revoke(userId: string, which: { only?: string; except?: string }): Promise<string[]> {
    const [ended]: [{ id: string }[], number] = await this.rows.manager.query(
      `UPDATE sessions SET revoked_at = now()
       WHERE user_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id <> $3) RETURNING id`,
      [userId, which.only ?? null, which.except ?? null]);
    return ended.map(({ id }) => id);
  }

  async confirm(id: string): Promise<void> {
    await this.rows.manager.query('UPDATE sessions SET confirmed_at = now() WHERE id = $1 AND revoked_at IS NULL', [id]);
  }

  /** Whether its owner signed in within the last ten minutes. A session that a clock ahead of ours began is not fresh. */
  async isFresh(id: string): Promise<boolean> {
    const rows: unknown[] = await this.rows.manager.query(
      `SELECT 1 FROM sessions WHERE id = $1
       AND (created_at BETWEEN now() - interval '10 minutes' AND now() + interval '1 minute' OR confirmed_at > now() - interval '10 minutes')`, [id]);
    return rows.length > 0;
  }

  async usedAt(used: ReadonlyMap<string, Date>): Promise<void> {
    await this.rows.manager.query(
      `UPDATE sessions SET last_used_at = used.at FROM unnest($1::uuid[], $2::timestamptz[]) AS used(id, at)
       WHERE sessions.id = used.id AND sessions.last_used_at < used.at`, [[...used.keys()], [...used.values()]]);
  }

  /** Sessions that ended long ago are of no use to anybody. */
  async forgetEnded(): Promise<void> {
    await this.rows.manager.query(`DELETE FROM sessions WHERE expires_at < now() - interval '7 days' OR revoked_at < now() - interval '7 days'`);
  }
}

/** Ids need no quotes, and pg would look at each character of each. */
function arrayOf(ids: readonly string[]): string {
  return `{${ids.join()}}`;
}

function mayRotate(session: SessionEntity, { familyHash, now }: Rotation): boolean {
  return session.familyHash.equals(familyHash) && session.revokedAt === null && session.expiresAt > now;
}

function rotated(session: SessionEntity, { presentedHash, nextHash, now, idleSeconds }: Rotation) {
  return { previousHash: presentedHash, refreshHash: nextHash, rotatedAt: now, lastUsedAt: now, expiresAt: sessionEnd(session.createdAt, now, idleSeconds) };
}

function answerMayBeLost({ previousHash, rotatedAt }: SessionEntity, { presentedHash, now }: Rotation): boolean {
  return previousHash?.equals(presentedHash) === true && Math.abs(now.getTime() - rotatedAt.getTime()) <= graceMs;
}

/** After the idle time, but never later than the absolute one. */
export function sessionEnd(createdAt: Date, now: Date, idleSeconds: number): Date {
  return new Date(Math.min(now.getTime() + idleSeconds * 1000, createdAt.getTime() + absoluteMs));
}
