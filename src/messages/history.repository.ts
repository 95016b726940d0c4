import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { prepared } from '../database/prepared.js';
import { messageFields } from '../database/wire.js';

export type Direction = 'older' | 'newer';

@Injectable()
export class HistoryRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  /** Messages beyond a number, nearest first when older; always returned oldest first. */
  bySeq(roomId: string, direction: Direction, seq: number, limit: number): Promise<Message[]> {
    const [compare, order] = direction === 'older' ? ['<', 'DESC'] : ['>', 'ASC'];
    return this.page(direction, `m.seq ${compare} $2`, `m.seq ${order}`, [roomId, seq, limit]);
  }

  /** Messages before a moment. Times rise strictly within a room, so that nothing falls between two pages. */
  beforeTime(roomId: string, time: string, limit: number): Promise<Message[]> {
    return this.page('before_time', 'm.created_at < $2::timestamptz', 'm.created_at DESC', [roomId, time, limit]);
  }

  /** PostgreSQL builds the JSON of the whole page: here there is one row to read, whatever the page holds. */
  private async page(kind: Direction | 'before_time', where: string, order: string, values: unknown[]): Promise<Message[]> {
    const text = `SELECT json_agg(w ORDER BY w.seq) AS messages FROM (
      SELECT ${messageFields('m')} FROM messages m WHERE m.room_id = $1 AND ${where} ORDER BY ${order} LIMIT $3) AS w`;
    const [row] = await prepared<{ messages: Message[] | null }>(this.db, { name: `page_${kind}`, text, values });
    return row?.messages ?? [];
  }
}
