import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Member, Role, Room, RoomKind } from '../contract/room.dto.js';
import { notNow } from '../common/refusal.js';
import { RoomTurns } from '../common/room-turns.js';
import { plainArray } from '../database/arrays.js';
import { prepared } from '../database/prepared.js';
import { isIn, memberJson, memberPlace } from '../database/wire.js';
import { enterSql, leaveSql, setRoleSql } from './membership-changes.sql.js';
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

/** What became of a change of a membership. Without a verdict it was made, and `after` and `room` are how they were written. */
export interface MemberChange {
  verdict: 'unchanged' | 'banned' | 'not_found' | 'last_owner' | null;
  before: Member | null;
  after: Member | null;
  room: Room | null;
}

interface MemberChangeRow extends Omit<MemberChange, 'verdict'> {
  verdict: MemberChange['verdict'] | 'again';
  waited: boolean;
}

/** A refusal by what may be out of date is decided again so often. */
const tries = 3;

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
  constructor(@InjectDataSource() private readonly db: DataSource, private readonly turns: RoomTurns) {}

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

  /** Rooms of this person in which no other person ever was or wrote, and which are not called so already. */
  async roomIdsAlone(userId: string, erasedName: string): Promise<string[]> {
    const rows: { id: string }[] = await this.db.query(
      `SELECT r.id FROM memberships m JOIN rooms r ON r.id = m.room_id
       WHERE m.user_id = $1 AND r.kind <> 'direct' AND r.slug IS DISTINCT FROM 'lobby' AND (r.name <> $2 OR r.slug IS NOT NULL OR r.topic <> '')
         AND NOT EXISTS (SELECT FROM memberships x WHERE x.room_id = r.id AND x.user_id <> $1)
         AND NOT EXISTS (SELECT FROM messages x WHERE x.room_id = r.id AND x.sender_id <> $1)
       ORDER BY r.id`, [userId, erasedName]);
    return rows.map(({ id }) => id);
  }

  /** Who should own a room when its owner goes: the moderator, else the member, who has been there longest. */
  async heir(roomId: string, userId: string): Promise<string | null> {
    const rows: { user_id: string }[] = await this.db.query(
      `SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
       WHERE m.room_id = $1 AND m.user_id <> $2 AND ${isIn('m')} ORDER BY m.role = 'moderator' DESC, m.joined_at, m.user_id LIMIT 1`, [roomId, userId]);
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

  async get(roomId: string, userId: string): Promise<Member | null> {
    const rows: { member: Member }[] = await this.db.query(`SELECT ${memberJson('m')} AS member FROM memberships m WHERE m.room_id = $1 AND m.user_id = $2`, [roomId, userId]);
    return rows[0]?.member ?? null;
  }

  /** Lets somebody in, or in again. What was said before counts as read. */
  enter(roomId: string, userId: string, way: 'self' | 'added' | 'pardoned'): Promise<MemberChange | null> {
    return this.change({ name: 'enter_room', text: enterSql, values: [roomId, userId, way] });
  }

  /** Takes somebody out; 'banned' also keeps out who was never in, 'erased' takes the last owner, too. */
  leave(roomId: string, userId: string, reason: 'left' | 'removed' | 'banned' | 'erased'): Promise<MemberChange | null> {
    return this.change({ name: 'leave_room', text: leaveSql, values: [roomId, userId, reason] });
  }

  setRole(roomId: string, userId: string, role: Role): Promise<MemberChange | null> {
    return this.change({ name: 'set_role', text: setRoleSql, values: [roomId, userId, role] });
  }

  /** Null when there is no such room. */
  private async change(statement: { name: string; text: string; values: [roomId: string, userId: string, how: string] }): Promise<MemberChange | null> {
    return await this.turns.run(statement.values[0], async () => {
      for (let attempt = 1; attempt <= tries; attempt += 1) {
        const [row] = await prepared<MemberChangeRow>(this.db, statement);
        if (row === undefined) return null;
        const { verdict, before, after, room } = row;
        if (verdict !== 'again' && (verdict === null || !row.waited || attempt === tries)) return { verdict, before, after, room };
      }
      throw notNow();
    });
  }
}
