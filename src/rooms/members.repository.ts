import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Member, Role, RoomKind } from '../contract/room.dto.js';
import { plainArray } from '../database/arrays.js';
import { prepared } from '../database/prepared.js';
import { isIn, memberJson, memberPlace } from '../database/wire.js';
import type { LockedRoom } from './rooms.repository.js';

export interface MemberSearch {
  roomId: string;
  /** Folded beginnings of names; empty: everybody. */
  words: string;
}

export interface MemberPlace {
  rank: number;
  joinedAt: string;
  userId: string;
}

/** $1 is the room, $2 what a name begins with. */
const wanted = (m: string): string => `${m}.room_id = $1 AND ${isIn(m)} AND ($2 = '' OR EXISTS (
  SELECT FROM users u WHERE u.id = ${m}.user_id AND (u.search_text LIKE $2 || '%' OR u.search_text LIKE '% ' || $2 || '%')))`;

const likeWords = (words: string): string => words.replace(/[\\%_]/g, '\\$&');

/** Somebody's place in a room, also one that they have left. */
export interface Place {
  roomId: string;
  kind: RoomKind;
  name: string;
  slug: string | null;
  readSeq: number;
  membership: Member;
}

export interface Move {
  roomId: string;
  userId: string;
  rev: number;
  isIn: boolean;
  banned: boolean;
}

export const memberPageSql = `
SELECT ${memberJson('m')} AS member FROM memberships m WHERE ${wanted('m')} AND (${memberPlace('m')}) > ($3, $4::timestamptz, $5::uuid)
ORDER BY ${memberPlace('m')} LIMIT $6`;

export const roomIdsSql = `SELECT m.room_id FROM memberships m WHERE m.user_id = $1 AND ${isIn('m')}`;
const memberOfSql = `SELECT m.room_id FROM memberships m WHERE m.user_id = $1 AND m.room_id = ANY($2::uuid[]) AND ${isIn('m')}`;
export const isMemberSql = `SELECT 1 FROM memberships m WHERE m.room_id = $1 AND m.user_id = $2 AND ${isIn('m')}`;
export const partnersSql = `
SELECT m.user_id, array_agg(o.user_id) AS partners FROM memberships m JOIN rooms r ON r.id = m.room_id AND r.kind = 'direct'
JOIN memberships o ON o.room_id = m.room_id AND o.user_id <> m.user_id WHERE m.user_id = ANY($1::uuid[]) GROUP BY m.user_id`;

export const largerSql = `
SELECT r.id FROM unnest($1::uuid[]) AS r(id)
WHERE (SELECT count(*) FROM (SELECT FROM memberships m WHERE m.room_id = r.id AND ${isIn('m')} LIMIT $2::int + 1) AS counted) > $2::int`;

@Injectable()
export class MembersRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  /** Those who are in the room and whose name fits: owners, moderators, members, each in the order in which they came. */
  async listAfter({ roomId, words }: MemberSearch, after: MemberPlace, limit: number): Promise<Member[]> {
    const rows: { member: Member }[] = await this.db.query(memberPageSql, [roomId, likeWords(words), after.rank, after.joinedAt, after.userId, limit]);
    return rows.map(({ member }) => member);
  }

  /** How many of them there are. */
  async count({ roomId, words }: MemberSearch): Promise<number> {
    const rows: { n: number }[] = await this.db.query(`SELECT count(*)::int AS n FROM memberships m WHERE ${wanted('m')}`, [roomId, likeWords(words)]);
    return rows[0]?.n ?? 0;
  }

  async roomIdsOf(userId: string): Promise<string[]> {
    const rows = await prepared<{ room_id: string }>(this.db, { name: 'room_ids', text: roomIdsSql, values: [userId] });
    return rows.map((row) => row.room_id);
  }

  /** Every place that somebody has or had, with the room it is in. */
  async placesOf(userId: string): Promise<Place[]> {
    return await this.db.query(
      `SELECT r.id AS "roomId", r.kind, r.name, r.slug, m.read_seq::float8 AS "readSeq", ${memberJson('m')} AS membership FROM memberships m JOIN rooms r ON r.id = m.room_id
       WHERE m.user_id = $1 ORDER BY m.joined_at, r.id`, [userId]);
  }

  /** Who should own a room when its owner goes: the moderator, else the member, who has been there longest. */
  async heir({ room, db }: LockedRoom, userId: string): Promise<string | null> {
    const rows: { user_id: string }[] = await db.query(
      `SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
       WHERE m.room_id = $1 AND m.user_id <> $2 AND ${isIn('m')} ORDER BY m.role = 'moderator' DESC, m.joined_at, m.user_id LIMIT 1`, [room.id, userId]);
    return rows[0]?.user_id ?? null;
  }

  async isMember(roomId: string, userId: string): Promise<boolean> {
    const rows = await prepared(this.db, { name: 'is_member', text: isMemberSql, values: [roomId, userId] });
    return rows.length > 0;
  }

  /** In which of these rooms somebody is. */
  async memberOf(userId: string, roomIds: readonly string[]): Promise<string[]> {
    const rows = await prepared<{ room_id: string }>(this.db, { name: 'member_of', text: memberOfSql, values: [userId, plainArray(roomIds, (roomId) => roomId)] });
    return rows.map((row) => row.room_id);
  }

  async countUpTo(roomId: string, limit: number): Promise<number> {
    const rows: { n: number }[] = await this.db.query(
      `SELECT count(*)::int AS n FROM (SELECT 1 FROM memberships m WHERE m.room_id = $1 AND ${isIn('m')} LIMIT $2) AS first_ones`, [roomId, limit]);
    return rows[0]?.n ?? 0;
  }

  /** Those of these rooms that have more members. */
  async largerAmong(roomIds: readonly string[], members: number): Promise<Set<string>> {
    const rows = await prepared<{ id: string }>(this.db, { name: 'larger_rooms', text: largerSql, values: [roomIds, members] });
    return new Set(rows.map(({ id }) => id));
  }

  /** Those with whom each of these people shares a private chat. */
  async partnersOf(userIds: readonly string[]): Promise<Map<string, string[]>> {
    const rows = await prepared<{ user_id: string; partners: string[] }>(this.db, { name: 'partners', text: partnersSql, values: [userIds] });
    return new Map(rows.map((row) => [row.user_id, row.partners]));
  }

  /** Who came or went in the last seconds, and where they stand now. */
  async movedWithin(seconds: number): Promise<Move[]> {
    return await this.db.query(
      `SELECT m.room_id AS "roomId", m.user_id AS "userId", m.rev::float8 AS rev, ${isIn('m')} AS "isIn", m.banned_at IS NOT NULL AS banned FROM memberships m
       WHERE greatest(m.joined_at, m.left_at, m.banned_at) > now() - make_interval(secs => $1)`, [seconds]);
  }

  /** Lets in up to `limit` users who were never in the room, each as a change of its own, in one statement. */
  async enterStrays({ room, db }: LockedRoom, limit: number): Promise<Member[]> {
    const rows: { member: Member }[] = await db.query(
      `WITH strays AS (
         SELECT u.id, row_number() OVER () AS n FROM users u
         WHERE NOT EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = $1 AND m.user_id = u.id) LIMIT $2
       ), moved AS (
         UPDATE rooms SET rev = rev + (SELECT count(*) FROM strays) WHERE id = $1
       ), entered AS (
         INSERT INTO memberships AS m (room_id, user_id, role, read_seq, rev, joined_at)
         SELECT r.id, strays.id, 'member', r.last_seq, r.rev + strays.n, clock_timestamp() FROM strays, rooms r WHERE r.id = $1
         RETURNING m.*
       )
       SELECT ${memberJson('m')} AS member FROM entered m ORDER BY m.rev`, [room.id, limit]);
    return rows.map(({ member }) => member);
  }

  async get({ room, db }: LockedRoom, userId: string): Promise<Member | null> {
    const rows: { member: Member }[] = await db.query(`SELECT ${memberJson('m')} AS member FROM memberships m WHERE m.room_id = $1 AND m.user_id = $2`, [room.id, userId]);
    return rows[0]?.member ?? null;
  }

  /** Lets somebody in, or in again. What was said before counts as read. */
  async enter({ room, db, nextRev }: LockedRoom, userId: string): Promise<Member> {
    const rows: { member: Member }[] = await db.query(
      `INSERT INTO memberships AS m (room_id, user_id, role, read_seq, rev, joined_at) VALUES ($1, $2, 'member', $3, $4, clock_timestamp())
       ON CONFLICT (room_id, user_id) DO UPDATE SET role = 'member', read_seq = greatest(m.read_seq, excluded.read_seq), rev = excluded.rev,
         joined_at = excluded.joined_at, left_at = NULL, banned_at = NULL
       RETURNING ${memberJson('m')} AS member`, [room.id, userId, room.lastSeq, await nextRev()]);
    return rows[0]?.member;
  }

  async leave({ room, db, nextRev }: LockedRoom, userId: string, banned: boolean): Promise<Member> {
    const [rows]: [{ member: Member }[], number] = await db.query(
      `UPDATE memberships m SET rev = $3, role = 'member', left_at = coalesce(m.left_at, clock_timestamp()),
         banned_at = CASE WHEN $4 THEN clock_timestamp() ELSE m.banned_at END
       WHERE m.room_id = $1 AND m.user_id = $2 RETURNING ${memberJson('m')} AS member`, [room.id, userId, await nextRev(), banned]);
    return rows[0]?.member;
  }

  async setRole({ room, db, nextRev }: LockedRoom, userId: string, role: Role): Promise<Member> {
    const [rows]: [{ member: Member }[], number] = await db.query(
      `UPDATE memberships m SET rev = $3, role = $4 WHERE m.room_id = $1 AND m.user_id = $2 RETURNING ${memberJson('m')} AS member`,
      [room.id, userId, await nextRev(), role]);
    return rows[0]?.member;
  }

  /** Bans somebody who was never in. */
  async keepOut({ room, db, nextRev }: LockedRoom, userId: string): Promise<Member> {
    const rows: { member: Member }[] = await db.query(
      `INSERT INTO memberships AS m (room_id, user_id, role, read_seq, rev, left_at, banned_at)
       VALUES ($1, $2, 'member', 0, $3, clock_timestamp(), clock_timestamp()) RETURNING ${memberJson('m')} AS member`, [room.id, userId, await nextRev()]);
    return rows[0]?.member;
  }

  async otherOwners({ room, db }: LockedRoom, userId: string): Promise<number> {
    const rows: { n: number }[] = await db.query(
      `SELECT count(*)::int AS n FROM memberships m WHERE m.room_id = $1 AND m.role = 'owner' AND m.user_id <> $2 AND ${isIn('m')}`, [room.id, userId]);
    return rows[0]?.n ?? 0;
  }
}
