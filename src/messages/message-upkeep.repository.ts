import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { messageFields } from '../database/wire.js';
import { reactionSummary } from './reaction-summary.sql.js';

/** Which messages: of a sender, or older than a moment, or both. */
export interface Which {
  senderId?: string;
  before?: Date;
}

/** How far a walk through a room has come: after which number it goes on, and how many it has changed on the way. */
export interface Step {
  seq: number;
  changed: number;
}

export interface GivenReaction {
  messageId: string;
  seq: number;
  emoji: string;
  createdAt: string;
}

const chosen = '($2::uuid IS NULL OR m.sender_id = $2) AND ($3::timestamptz IS NULL OR m.created_at < $3)';

@Injectable()
export class MessageUpkeepRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  /** How many messages of each room these are, tombstones aside. */
  async count({ senderId, before }: Which, roomId: string | null): Promise<{ roomId: string; messages: number }[]> {
    return await this.db.query(
      `SELECT m.room_id AS "roomId", count(*)::int AS messages FROM messages m
       WHERE m.deleted_at IS NULL AND ($1::uuid IS NULL OR m.room_id = $1) AND ${chosen} GROUP BY m.room_id ORDER BY m.room_id`, [roomId, senderId ?? null, before ?? null]);
  }

  /**
   * Makes tombstones of the next few messages, under the room's lock, each with a revision of its own. With `forgetText` even the hash of
   * what was said goes, by which a repeated send is recognised: only for senders who can send nothing any more.
   */
  async bury(roomId: string, { senderId, before }: Which, walk: { after: number; limit: number; forgetText: boolean }): Promise<Step | null> {
    return await this.lockedStep(roomId, `
      WITH doomed AS (
        SELECT seq, row_number() OVER (ORDER BY seq) AS k FROM (
          SELECT m.seq FROM messages m WHERE m.room_id = $1 AND m.seq > $4 AND m.deleted_at IS NULL AND ${chosen} ORDER BY m.seq LIMIT $5) AS next
      ), silenced AS (
        DELETE FROM reactions x USING doomed d WHERE x.room_id = $1 AND x.seq = d.seq
      ), changed AS (
        UPDATE messages m SET text = NULL, reactions = '[]', deleted_at = clock_timestamp(), rev = $7::bigint + d.k,
          first_text_hash = CASE WHEN $6 THEN 0 ELSE m.first_text_hash END
        FROM doomed d WHERE m.room_id = $1 AND m.seq = d.seq RETURNING m.seq
      )`, [senderId ?? null, before ?? null, walk.after, walk.limit, walk.forgetText]);
  }

  /** Takes back somebody's reactions to the next few messages. */
  async unreact(roomId: string, userId: string, walk: { after: number; limit: number }): Promise<Step | null> {
    return await this.lockedStep(roomId, `
      WITH touched AS (
        SELECT seq, row_number() OVER (ORDER BY seq) AS k FROM (
          SELECT DISTINCT x.seq FROM reactions x WHERE x.room_id = $1 AND x.user_id = $2 AND x.seq > $3 ORDER BY x.seq LIMIT $4) AS next
      ), gone AS (
        DELETE FROM reactions x USING touched t WHERE x.room_id = $1 AND x.seq = t.seq AND x.user_id = $2
      ), changed AS (
        UPDATE messages m SET reactions = (${reactionSummary('reactions x WHERE x.room_id = $1 AND x.seq = m.seq AND x.user_id <> $2')}), rev = $5::bigint + t.k
        FROM touched t WHERE m.room_id = $1 AND m.seq = t.seq RETURNING m.seq
      )`, [userId, walk.after, walk.limit]);
  }

  /** `sql` names what it `changed`; its last parameter is the room's revision, from which the rows count on. Null: there was nothing left. */
  private async lockedStep(roomId: string, sql: string, values: unknown[]): Promise<Step | null> {
    return await this.db.transaction(async (db: EntityManager) => {
      const [room]: { rev: string }[] = await db.query('SELECT rev FROM rooms WHERE id = $1 FOR NO KEY UPDATE', [roomId]);
      if (room === undefined) return null;
      const [done]: { seq: string | null; changed: number }[] = await db.query(
        `${sql}, moved AS (UPDATE rooms SET rev = rev + (SELECT count(*) FROM changed) WHERE id = $1)
         SELECT max(seq) AS seq, count(*)::int AS changed FROM changed`, [roomId, ...values, room.rev]);
      return done.seq === null ? null : { seq: Number(done.seq), changed: done.changed };
    });
  }

  /** The next reactions that somebody gave in a room, by message and emoji. */
  async reactionsAfter(roomId: string, userId: string, { after, limit }: { after: Pick<GivenReaction, 'seq' | 'emoji'>; limit: number }): Promise<GivenReaction[]> {
    const rows: { message_id: string; seq: string; emoji: string; created_at: Date }[] = await this.db.query(
      `SELECT m.id AS message_id, x.seq, x.emoji, x.created_at FROM reactions x JOIN messages m ON m.room_id = x.room_id AND m.seq = x.seq
       WHERE x.room_id = $1 AND x.user_id = $2 AND (x.seq, x.emoji) > ($3::bigint, $4) ORDER BY x.seq, x.emoji LIMIT $5`, [roomId, userId, after.seq, after.emoji, limit]);
    return rows.map((row) => ({ messageId: row.message_id, seq: Number(row.seq), emoji: row.emoji, createdAt: row.created_at.toISOString() }));
  }

  /** The next messages of a room, of one sender or of everybody, oldest first. */
  async after(roomId: string, senderId: string | null, walk: { after: number; limit: number }): Promise<Message[]> {
    const rows: { messages: Message[] | null }[] = await this.db.query(
      `SELECT json_agg(w ORDER BY w.seq) AS messages FROM (
         SELECT ${messageFields('m')} FROM messages m
         WHERE m.room_id = $1 AND ($2::uuid IS NULL OR m.sender_id = $2) AND m.seq > $3 ORDER BY m.seq LIMIT $4) AS w`, [roomId, senderId, walk.after, walk.limit]);
    return rows[0]?.messages ?? [];
  }
}
