import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { messageJson } from '../database/wire.js';

export type Direction = 'older' | 'newer';

@Injectable()
export class HistoryRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  /** Messages beyond a number, nearest first when older; always returned oldest first. */
  bySeq(roomId: string, direction: Direction, seq: number, limit: number): Promise<Message[]> {
    const [compare, order] = direction === 'older' ? ['<', 'DESC'] : ['>', 'ASC'];
    return this.page(`m.room_id = $1 AND m.seq ${compare} $2`, `m.seq ${order}`, [roomId, seq, limit]);
  }

  /** Messages before a moment. Times rise strictly within a room, so that nothing falls between two pages. */
  beforeTime(roomId: string, time: string, limit: number): Promise<Message[]> {
    return this.page('m.room_id = $1 AND m.created_at < $2::timestamptz', 'm.created_at DESC', [roomId, time, limit]);
  }

  private async page(where: string, order: string, values: unknown[]): Promise<Message[]> {
    const rows: { messages: Message[] | null }[] = await this.db.query(
      `SELECT json_agg(${messageJson('m')} ORDER BY m.seq) AS messages FROM (SELECT * FROM messages m WHERE ${where} ORDER BY ${order} LIMIT $3) AS m`, values);
    return rows[0]?.messages ?? [];
  }
}
