import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { leanRows } from '../database/prepared.js';
import { messageColumns, messageOf } from './message-row.js';

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

  /** Messages beyond a number, the nearest of them; always returned oldest first. */
  async bySeq(roomId: string, direction: Direction, seq: number, limit: number): Promise<Message[]> {
    if (direction === 'newer') return await this.page('newer', newer('$2'), [roomId, String(seq), String(limit)]);
    return (await this.page('older', older('$2'), [roomId, String(seq), String(limit)])).reverse();
  }

  /** Messages before a moment. */
  async beforeTime(roomId: string, time: string, limit: number): Promise<Message[]> {
    return (await this.page('before_time', older(`(${lastBefore('$2::timestamptz')}) + 1`), [roomId, time, String(limit)])).reverse();
  }

  private async page(kind: Direction | 'before_time', which: string, values: [roomId: string, from: string, limit: string]): Promise<Message[]> {
    const text = `SELECT ${messageColumns('m')} FROM messages m WHERE m.room_id = $1 AND ${which} LIMIT $3`;
    const rows = await leanRows(this.db, { name: `page_${kind}`, text, values });
    return rows.map((row) => messageOf(values[0], row));
  }
}
