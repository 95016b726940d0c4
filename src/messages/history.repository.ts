import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { prepared } from '../database/prepared.js';
import { messageFields } from '../database/wire.js';

export type Direction = 'older' | 'newer';

const older = (seq: string): string => `m.seq < ${seq} ORDER BY m.seq DESC`;
const newer = (seq: string): string => `m.seq > ${seq} ORDER BY m.seq`;

/**
 * The number of a room's last message before a moment. Times rise strictly with the numbers, so that half of what may still be asked about falls away
 * with each look at a message in the middle, and nothing but the numbers needs an index. Where one is missing, the nearest before it tells as much.
 */
const lastBefore = (moment: string): string => `
  WITH RECURSIVE halved (low, high) AS (
    SELECT CASE WHEN r.last_message_at < ${moment} THEN r.last_seq ELSE 0 END, r.last_seq FROM rooms r WHERE r.id = $1
    UNION ALL
    SELECT CASE WHEN x.created_at >= ${moment} THEN h.low ELSE h.middle END, CASE WHEN x.created_at >= ${moment} THEN x.seq - 1 ELSE h.high END
    FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM halved WHERE low < high) AS h
    LEFT JOIN LATERAL (
      SELECT y.seq, y.created_at FROM messages y WHERE y.room_id = $1 AND y.seq > h.low AND y.seq <= h.middle ORDER BY y.seq DESC LIMIT 1
    ) AS x ON true
  ) SELECT max(low) FROM halved`;

@Injectable()
export class HistoryRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  /** Messages beyond a number, nearest first when older; always returned oldest first. */
  bySeq(roomId: string, direction: Direction, seq: number, limit: number): Promise<Message[]> {
    return this.page(direction, direction === 'older' ? older('$2') : newer('$2'), [roomId, seq, limit]);
  }

  /** Messages before a moment. */
  beforeTime(roomId: string, time: string, limit: number): Promise<Message[]> {
    return this.page('before_time', older(`(${lastBefore('$2::timestamptz')}) + 1`), [roomId, time, limit]);
  }

  /** PostgreSQL builds the JSON of the whole page: here there is one row to read, whatever the page holds. */
  private async page(kind: Direction | 'before_time', which: string, values: unknown[]): Promise<Message[]> {
    const text = `SELECT json_agg(w ORDER BY w.seq) AS messages FROM (SELECT ${messageFields('m')} FROM messages m WHERE m.room_id = $1 AND ${which} LIMIT $3) AS w`;
    const [row] = await prepared<{ messages: Message[] | null }>(this.db, { name: `page_${kind}`, text, values });
    return row?.messages ?? [];
  }
}
