import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { QueryFailedError, type DataSource, type EntityManager } from 'typeorm';
import type { UnreadTotals } from '../contract/read.dto.js';
import type { Member, MyRoom, PublicRoom, Role, Room, RoomKind } from '../contract/room.dto.js';
import { RoomTurns } from '../common/room-turns.js';
import { plainArray } from '../database/arrays.js';
import { prepared } from '../database/prepared.js';
import { bySlug, isIn, memberJson, myRoomFields, present, roomJson, unread } from '../database/wire.js';

export interface NewRoom {
  id: string;
  epoch: string;
  kind: RoomKind;
  slug: string | null;
  name: string;
  topic: string;
  searchText: string;
  directKey: string | null;
  members: { userId: string; role: Role }[];
}

export interface RoomWithMe {
  room: Room;
  me: Member | null;
}

export interface LockedRoom {
  room: { id: string };
  db: EntityManager;
}

/** What is not given stays as it is. */
export interface RoomChange {
  name?: string | undefined;
  topic?: string | undefined;
  slug?: string | null | undefined;
  searchText?: string;
  archived?: boolean;
}

export interface KnownRev {
  roomId: string;
  rev: number;
}

/** Where a room stands. */
export interface RoomHead {
  seq: number;
  rev: number;
  /** For how long nothing has been said there. */
  silentMs: number;
}

/** Where a page of a list ended that shows the latest first. */
export interface LatestPlace {
  at: string;
  id: string;
}

export const findRoomSql = (column: 'id' | 'slug' | 'direct_key'): string => `
SELECT ${roomJson('r')} AS room, CASE WHEN m.user_id IS NULL THEN NULL ELSE ${memberJson('m')} END AS me
FROM rooms r LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $2
WHERE r.${column} = $1 AND (r.kind = 'public' OR ${present('m')})${column === 'slug' ? ` ORDER BY ${bySlug('r', 'm')} LIMIT 1` : ''}`;

/** Finds a row when a room that this person can see has this slug. */
const slugSeen = (slug: string, userId: string): string => `
  SELECT FROM rooms s LEFT JOIN memberships x ON x.room_id = s.id AND x.user_id = ${userId}
  WHERE s.slug = ${slug} AND (s.kind = 'public' OR ${present('x')})`;

export const markReadSql = `
UPDATE memberships m SET read_seq = greatest(m.read_seq, least($3, r.last_seq))
FROM rooms r, (SELECT read_seq AS was FROM memberships WHERE room_id = $1 AND user_id = $2) AS before
WHERE m.room_id = $1 AND m.user_id = $2 AND r.id = m.room_id AND ${isIn('m')}
RETURNING m.read_seq > before.was AS moved`;

export const markerSql = `
SELECT m.read_seq, ${unread('r', 'm')} AS unread FROM memberships m JOIN rooms r ON r.id = m.room_id
WHERE m.room_id = $1 AND m.user_id = $2 AND ${isIn('m')}`;

const myRoomsSql = `
SELECT json_build_object(${myRoomFields('r', 'm')})::text AS mine
FROM (
  SELECT x.id, coalesce(x.last_message_at, x.created_at) AS at FROM memberships y JOIN rooms x ON x.id = y.room_id
  WHERE y.user_id = $1 AND ${isIn('y')} AND ($2::timestamptz IS NULL OR coalesce(x.last_message_at, x.created_at) < $2
    OR (coalesce(x.last_message_at, x.created_at) = $2 AND x.id > $3::uuid))
  ORDER BY at DESC, x.id LIMIT $4
) AS page
JOIN rooms r ON r.id = page.id JOIN memberships m ON m.room_id = page.id AND m.user_id = $1
ORDER BY page.at DESC, page.id`;

@Injectable()
export class RoomsRepository {
  constructor(@InjectDataSource() private readonly db: DataSource, private readonly turns: RoomTurns) {}

  /**
   * Makes a room with its first members, of whom the first makes it; every one of them is a change of its own. Returns null when the pair exists already,
   * or the slug, as far as who makes it can see.
   */
  async create(room: NewRoom): Promise<Room | null> {
    const sql = `
      WITH made AS (
        INSERT INTO rooms AS r (id, epoch, kind, slug, name, topic, search_text, direct_key, rev, created_at)
        SELECT $1, $2, $3, $4::text, $5, $6, $7, $8, cardinality($9::uuid[]), clock_timestamp() WHERE NOT EXISTS (${slugSeen('$4', '($9::uuid[])[1]')})
        ON CONFLICT DO NOTHING RETURNING *
      ), peopled AS (
        INSERT INTO memberships (room_id, user_id, role, rev)
        SELECT made.id, p.user_id, p.role, p.n FROM made, unnest($9::uuid[], $10::text[]) WITH ORDINALITY AS p(user_id, role, n)
      )
      SELECT ${roomJson('made')} AS room FROM made`;
    const rows: { room: Room }[] = await this.db.query(sql, [
      room.id, room.epoch, room.kind, room.slug, room.name, room.topic, room.searchText, room.directKey,
      room.members.map(({ userId }) => userId), room.members.map(({ role }) => role),
    ]);
    return rows[0]?.room ?? null;
  }

  /** A room by id or slug, with my place in it. A private one is found by those who are in it, so that it takes others as long as one that is not there. */
  async find(ref: { id: string } | { slug: string } | { directKey: string }, userId: string): Promise<RoomWithMe | null> {
    const [column, value] = 'id' in ref ? ['id', ref.id] as const : 'slug' in ref ? ['slug', ref.slug] as const : ['direct_key', ref.directKey] as const;
    const rows = await prepared<RoomWithMe>(this.db, { name: `room_by_${column}`, text: findRoomSql(column), values: [value, userId] });
    return rows[0] ?? null;
  }

  /** For operators, who see every room: by id or slug, of which several private rooms may have the same. */
  async idsOf(ref: { id: string } | { slug: string }): Promise<string[]> {
    const [column, value] = 'id' in ref ? ['id', ref.id] : ['slug', ref.slug];
    const rows: { id: string }[] = await this.db.query(`SELECT id FROM rooms WHERE ${column} = $1 ORDER BY id`, [value]);
    return rows.map(({ id }) => id);
  }

  /** Whether another room that this person can see has this slug. */
  async isSlugSeen(roomId: string, slug: string, userId: string): Promise<boolean> {
    const rows: unknown[] = await this.db.query(`${slugSeen('$1', '$2')} AND s.id <> $3`, [slug, userId, roomId]);
    return rows.length > 0;
  }

  /** My rooms as JSON, the one with the latest message first. */
  async mineAfter(userId: string, after: LatestPlace | null, limit: number): Promise<string[]> {
    const rows = await prepared<{ mine: string }>(this.db, { name: 'my_rooms', text: myRoomsSql, values: [userId, after?.at ?? null, after?.id ?? null, limit] });
    return rows.map(({ mine }) => mine);
  }

  async myRoom(roomId: string, userId: string): Promise<MyRoom | null> {
    const rows: { mine: MyRoom }[] = await this.db.query(
      `SELECT json_build_object(${myRoomFields('r', 'm')}) AS mine FROM memberships m JOIN rooms r ON r.id = m.room_id
       WHERE m.room_id = $1 AND m.user_id = $2 AND ${isIn('m')}`, [roomId, userId]);
    return rows[0]?.mine ?? null;
  }

  /** Public rooms that are open, by name; with words only those whose name, slug or topic hold them. */
  async publicAfter(words: string, after: { name: string; id: string }, page: { userId: string; limit: number }): Promise<PublicRoom[]> {
    const like = words.replace(/[\\%_]/g, '\\$&');
    return await this.db.query(
      `SELECT ${roomJson('r')} AS room,
         (SELECT count(*)::int FROM memberships m WHERE m.room_id = r.id AND ${isIn('m')}) AS "memberCount",
         EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = r.id AND m.user_id = $4 AND ${isIn('m')}) AS joined
       FROM rooms r
       WHERE r.kind = 'public' AND r.archived_at IS NULL AND r.search_text LIKE '%' || $1 || '%'
         AND (r.name COLLATE "C", r.id) > ($2, $3::uuid)
       ORDER BY r.name COLLATE "C", r.id LIMIT $5`, [like, after.name, after.id, page.userId, page.limit]);
  }

  /** Runs several statements under the room's lock: only at start, as a server that stands still would keep the room. Changes of a room are one statement each. */
  async change<T>(roomId: string, work: (locked: LockedRoom) => Promise<T>): Promise<T | null> {
    return await this.db.transaction(async (db) => {
      const rows: { id: string }[] = await db.query(`SELECT id FROM rooms WHERE id = $1 FOR UPDATE`, [roomId]);
      const [room] = rows;
      return room === undefined ? null : await work({ room, db });
    });
  }

  /** Returns the room as it was written, or null when there is none. */
  async update(roomId: string, { name, topic, slug, searchText, archived }: RoomChange): Promise<Room | null> {
    return await this.turns.run(roomId, async () => {
      const [rows]: [{ room: Room }[], number] = await this.db.query(
        `UPDATE rooms r SET rev = rev + 1, name = coalesce($2, name), topic = coalesce($3, topic), slug = CASE WHEN $4 THEN $5 ELSE slug END,
           search_text = coalesce($6, search_text),
           archived_at = CASE WHEN $7::boolean IS NULL THEN archived_at WHEN $7 THEN coalesce(archived_at, clock_timestamp()) END
         WHERE id = $1 RETURNING ${roomJson('r')} AS room`,
        [roomId, name ?? null, topic ?? null, slug !== undefined, slug ?? null, searchText ?? null, archived ?? null]);
      return rows[0]?.room ?? null;
    });
  }

  async read({ room, db }: LockedRoom): Promise<Room> {
    const rows: { room: Room }[] = await db.query(`SELECT ${roomJson('r')} AS room FROM rooms r WHERE r.id = $1`, [room.id]);
    return rows[0]?.room;
  }

  /** How much is unread in all my rooms, and in those of a page. */
  async unread(userId: string, recount: boolean, page: { after: string; limit: number }): Promise<Pick<UnreadTotals, 'total' | 'rooms'>> {
    const counted = `(SELECT count(*) FROM messages x WHERE x.room_id = r.id AND x.seq > m.read_seq AND x.deleted_at IS NULL)`;
    const rows: { total: string; room_id: string | null; read_seq: string; unread: string }[] = await this.db.query(
      `WITH mine AS (
         SELECT m.room_id, m.read_seq, ${recount ? counted : unread('r', 'm')} AS unread
         FROM memberships m JOIN rooms r ON r.id = m.room_id WHERE m.user_id = $1 AND ${isIn('m')}
       )
       SELECT t.total, page.* FROM (SELECT coalesce(sum(unread), 0) AS total FROM mine) AS t
       LEFT JOIN (SELECT * FROM mine WHERE room_id > $2 ORDER BY room_id LIMIT $3) AS page ON true ORDER BY page.room_id`, [userId, page.after, page.limit]);
    const rooms = rows.flatMap((row) => (row.room_id === null ? [] : [{ roomId: row.room_id, readSeq: Number(row.read_seq), unread: Number(row.unread) }]));
    return { total: Number(rows[0]?.total), rooms };
  }

  /** Moves my marker forward, never beyond what there is; then counts, by a statement of its own: an update that waited for a message sees the moved marker beside the room as it was before. */
  async markRead(roomId: string, userId: string, seq: number): Promise<{ readSeq: number; unread: number; moved: boolean } | null> {
    const moves = await prepared<{ moved: boolean }>(this.db, { name: 'mark_read', text: markReadSql, values: [roomId, userId, seq] });
    const rows = await prepared<{ read_seq: string; unread: string }>(this.db, { name: 'marker', text: markerSql, values: [roomId, userId] });
    const [move, row] = [moves.at(0), rows.at(0)];
    return move === undefined || row === undefined ? null : { readSeq: Number(row.read_seq), unread: Number(row.unread), moved: move.moved };
  }

  /** Another timeline for one room, or for all: whoever syncs forgets what they hold. It takes a revision, so that the beat tells of it. */
  async newEpoch(roomId: string | null): Promise<number> {
    const [, changed]: [unknown[], number] = await this.db.query(
      `UPDATE rooms SET epoch = gen_random_uuid(), rev = rev + 1 WHERE $1::uuid IS NULL OR id = $1`, [roomId]);
    return changed;
  }

  /** Which of these rooms stand at another revision now, and where; for the beat that lets clients notice a lost push. */
  async changedHeads(known: readonly KnownRev[]): Promise<Map<string, RoomHead>> {
    const rows: { id: string; last_seq: string; rev: string; silent_ms: number }[] = await this.db.query(
      `SELECT r.id, r.last_seq, r.rev, extract(epoch FROM now() - coalesce(r.last_message_at, r.created_at))::float8 * 1000 AS silent_ms
       FROM unnest($1::uuid[], $2::bigint[]) AS known(id, rev) JOIN rooms r ON r.id = known.id WHERE r.rev <> known.rev`,
      [plainArray(known, ({ roomId }) => roomId), plainArray(known, ({ rev }) => rev)]);
    return new Map(rows.map((row) => [row.id, { seq: Number(row.last_seq), rev: Number(row.rev), silentMs: row.silent_ms }]));
  }
}

export function isTaken(error: unknown, constraint: string): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const broken = error.driverError as { code?: string; constraint?: string };
  return broken.code === '23505' && broken.constraint === constraint;
}
