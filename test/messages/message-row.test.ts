// A page reads rows as text, everything else lets PostgreSQL make JSON of them. Both must say the same of a message.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { messageJson } from '../../src/database/wire.js';
import type { HistoryRepository } from '../../src/messages/history.repository.js';
import type { TestDatabase } from '../setup/database.js';
import { OwnHistory } from '../setup/history.js';

const roomId = '019aa000-0000-7000-8000-000000000003';
const reactions = JSON.stringify([{ emoji: '👍', count: 2, userIds: [roomId, roomId] }, { emoji: '"', count: 1, userIds: [] }]);
const rows: { text?: string | null; replyTo?: number; reactions?: string; at?: string; edited?: string; deleted?: string }[] = [
  { text: 'plain' },
  { text: 'Grüße, 世界 👍\n"quoted" \\ {null} \t', replyTo: 1 },
  { text: '', reactions, at: '2026-11-20 09:30:00Z' },
  { text: 'null', reactions: '[]', at: '2026-11-20 09:30:00.1Z', edited: '2026-11-20 10:00:00.000001Z' },
  { text: null, at: '2026-12-31 23:59:59.999999Z', edited: '2027-01-01 00:00:00.50Z', deleted: '2027-01-01 00:00:01Z' },
  { text: 'elsewhere', at: '2026-07-01 01:00:00.123+14', edited: '2026-07-01 01:00:00-12', replyTo: 3 },
];

let own: OwnHistory;
let db: TestDatabase;
let history: HistoryRepository;

beforeAll(async () => {
  own = await OwnHistory.open();
  ({ db, history } = own);
  await db.query(`INSERT INTO rooms (id, kind, name, epoch, last_seq, rev, last_message_at) VALUES ($1, 'private', 'r', gen_random_uuid(), $2, $2, '2030-01-01')`, [roomId, rows.length]);
  for (const [n, { text = null, replyTo = null, reactions: own = '[]', at = '2026-11-20 09:30:00.123456Z', edited = null, deleted = null }] of rows.entries()) {
    await db.query(
      `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, reply_to_seq, reactions, created_at, edited_at, deleted_at)
       VALUES ($1, $2, gen_random_uuid(), $2, gen_random_uuid(), gen_random_uuid(), $3, 0, $4, $5, $6, $7, $8)`, [roomId, n + 1, text, replyTo, own, at, edited, deleted]);
  }
});
afterAll(() => own.close());

it.each<[string, () => Promise<unknown[]>]>([
  ['older messages', () => history.bySeq(roomId, 'older', 100, 50)],
  ['newer messages', () => history.bySeq(roomId, 'newer', 0, 50)],
  ['messages before a moment', () => history.beforeTime(roomId, '2031-01-01T00:00:00.000000Z', 50)],
])('are the same in a page of %s', async (_, page) => {
  const asJson = await db.query<{ message: unknown }>(`SELECT ${messageJson('m')} AS message FROM messages m WHERE m.room_id = $1 ORDER BY m.seq`, [roomId]);
  const found = await page();
  expect(found).toHaveLength(rows.length);
  expect(found).toStrictEqual(asJson.map(({ message }) => message));
  expect(JSON.stringify(found)).toBe(JSON.stringify(asJson.map(({ message }) => message)));
});
