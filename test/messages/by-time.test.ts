// Messages before a moment are found by halving the numbers of the room, without an index of times: as good as looking at every single one.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { HistoryRepository } from '../../src/messages/history.repository.js';
import type { TestDatabase } from '../setup/database.js';
import { OwnHistory } from '../setup/history.js';

const roomId = '019aa000-0000-7000-8000-000000000001';
const [lastSeq, missing] = [97, [1, 40, 41, 42, 97]];
let own: OwnHistory;
let db: TestDatabase;
let history: HistoryRepository;

beforeAll(async () => {
  own = await OwnHistory.open();
  ({ db, history } = own);
});
afterAll(() => own.close());

/** Times rise by 1 µs here and by hours there. Some rows are gone, as if somebody had tampered with the table. */
async function fill(room: string, count: number): Promise<void> {
  await db.query(`INSERT INTO rooms (id, kind, name, epoch, last_seq, rev) VALUES ($1, 'private', 'r', gen_random_uuid(), $2, $2)`, [room, count]);
  await db.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT $1, n, gen_random_uuid(), n, gen_random_uuid(), gen_random_uuid(), n::text, 0, '2026-01-01'::timestamptz + (n / 10) * interval '1 hour' + n * interval '1 microsecond'
     FROM generate_series(1, $2::int) AS n`, [room, count]);
  await db.query(`UPDATE rooms SET last_message_at = (SELECT max(created_at) FROM messages WHERE room_id = $1) WHERE id = $1`, [room]);
}

it('gives for every moment what a look at all of them gives', async () => {
  await fill(roomId, lastSeq);
  await db.query('DELETE FROM messages WHERE room_id = $1 AND seq = ANY($2)', [roomId, missing]);
  const moments = await db.query<{ moment: string; earlier: string[] }>(
    `SELECT t::text AS moment, (SELECT coalesce(array_agg(seq ORDER BY seq), '{}') FROM messages WHERE room_id = $1 AND created_at < t) AS earlier FROM (
       SELECT created_at + shift * interval '1 microsecond' AS t FROM messages, generate_series(-1, 1) AS shift WHERE room_id = $1
       UNION ALL SELECT '2000-01-01' UNION ALL SELECT '2100-01-01') AS moments`, [roomId]);
  expect(moments.length).toBeGreaterThan(270);
  for (const { moment, earlier } of moments) {
    const found = await history.beforeTime(roomId, moment, 7);
    expect([moment, found.map(({ seq }) => seq)]).toEqual([moment, earlier.map(Number).slice(-7)]);
  }
});

it('finds nothing in a room in which nothing was said, and in none', async () => {
  const empty = '019aa000-0000-7000-8000-000000000002';
  await fill(empty, 0);
  for (const room of [empty, '019aa000-0000-7000-8000-000000000003']) expect(await history.beforeTime(room, '2100-01-01', 7)).toEqual([]);
});

it('looks at a few messages of many', async () => {
  const large = '019aa000-0000-7000-8000-000000000004';
  await fill(large, 20_000);
  await db.query('VACUUM ANALYZE messages');
  const looks = await looksDuring(async () => {
    const found = await history.beforeTime(large, '2026-01-31T00:00:00Z', 15);
    expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, n) => 7185 + n));
  });
  expect(looks).toBeGreaterThan(15);
  expect(looks).toBeLessThan(60);
});

/** By PostgreSQL's own count, which a connection hands in about once a second, or when it is asked to: also the one that filled the table. */
async function looksDuring(work: () => Promise<void>): Promise<number> {
  const count = async (): Promise<number> => {
    for (const connection of [db, own.dataSource]) await connection.query('SELECT pg_stat_force_next_flush()');
    const [{ looks }] = await db.query<{ looks: string }>(`SELECT idx_tup_fetch + seq_tup_read AS looks FROM pg_stat_user_tables WHERE relname = 'messages'`);
    return Number(looks);
  };
  const before = await count();
  await work();
  return (await count()) - before;
}
