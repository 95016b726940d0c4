import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { isIn, messageJson } from '../database/wire.js';
import { reactionSummary } from './reaction-summary.sql.js';

/** A message whose room is locked: nobody else can change either meanwhile. */
export interface LockedMessage {
  message: Message;
  /** Whether the one who asks is in the room, and the room open, now that nothing can change that any more. */
  welcome: boolean;
  db: EntityManager;
}

@Injectable()
export class ChangesRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  async find(id: string): Promise<Message | null> {
    const rows: { message: Message }[] = await this.db.query(`SELECT ${messageJson('m')} AS message FROM messages m WHERE m.id = $1`, [id]);
    return rows[0]?.message ?? null;
  }

  /** Runs a change under the room's lock; what the work does not write takes no revision. */
  async change<T>({ roomId, id }: Pick<Message, 'roomId' | 'id'>, userId: string, work: (locked: LockedMessage) => Promise<T>): Promise<T | null> {
    return await this.db.transaction(async (db) => {
      await db.query(`SELECT 1 FROM rooms WHERE id = $1 FOR NO KEY UPDATE`, [roomId]);
      const rows: { message: Message; welcome: boolean }[] = await db.query(
        `SELECT ${messageJson('m')} AS message, EXISTS (
           SELECT 1 FROM rooms r JOIN memberships x ON x.room_id = r.id WHERE r.id = m.room_id AND x.user_id = $2 AND ${isIn('x')} AND r.archived_at IS NULL
         ) AS welcome FROM messages m WHERE m.id = $1`, [id, userId]);
      const [row] = rows;
      return row === undefined ? null : await work({ ...row, db });
    });
  }

  edit(locked: LockedMessage, text: string): Promise<Message> {
    return this.write(locked, 'text = $4, edited_at = clock_timestamp()', [text]);
  }

  /** The number stays, everything said goes. */
  async bury(locked: LockedMessage): Promise<Message> {
    const { message, db } = locked;
    await db.query(`DELETE FROM reactions WHERE room_id = $1 AND seq = $2`, [message.roomId, message.seq]);
    return await this.write(locked, `text = NULL, reactions = '[]', deleted_at = clock_timestamp()`, []);
  }

  /** Returns null when it was so already. */
  async react(locked: LockedMessage, userId: string, emoji: string): Promise<Message | null> {
    const { message, db } = locked;
    const added: unknown[] = await db.query(
      `INSERT INTO reactions (room_id, seq, emoji, user_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1`, [message.roomId, message.seq, emoji, userId]);
    return added.length === 0 ? null : await this.summarise(locked);
  }

  async unreact(locked: LockedMessage, userId: string, emoji: string): Promise<Message | null> {
    const { message, db } = locked;
    const [removed]: [unknown[], number] = await db.query(
      `DELETE FROM reactions WHERE room_id = $1 AND seq = $2 AND emoji = $3 AND user_id = $4 RETURNING 1`, [message.roomId, message.seq, emoji, userId]);
    return removed.length === 0 ? null : await this.summarise(locked);
  }

  private async summarise(locked: LockedMessage): Promise<Message> {
    return await this.write(locked, `reactions = (${reactionSummary('x.room_id = $1 AND x.seq = $2')})`, []);
  }

  /** Every write takes the room's next revision and leaves it on the row. */
  private async write({ message, db }: LockedMessage, change: string, values: unknown[]): Promise<Message> {
    const [room]: [{ rev: string }[], number] = await db.query(`UPDATE rooms SET rev = rev + 1 WHERE id = $1 RETURNING rev`, [message.roomId]);
    const [rows]: [{ message: Message }[], number] = await db.query(
      `UPDATE messages m SET ${change}, rev = $3 WHERE m.room_id = $1 AND m.seq = $2 RETURNING ${messageJson('m')} AS message`,
      [message.roomId, message.seq, room[0]?.rev, ...values]);
    return rows[0]?.message;
  }
}
