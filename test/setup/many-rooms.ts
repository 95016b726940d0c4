import type { TestServer } from './server.js';

/** Puts somebody into many rooms, straight into the tables: `Room 00001` and so on, with one message each. Nobody is told. */
export async function addRooms({ db }: Pick<TestServer, 'db'>, userId: string, count: number, text = 'hello'): Promise<string[]> {
  const made = await db.query<{ id: string }>(
    `WITH made AS (
       INSERT INTO rooms (id, kind, name, search_text, epoch, last_seq, rev, last_message_at, created_at)
       SELECT gen_random_uuid(), 'private', 'Room ' || to_char(n, 'FM00000'), '', gen_random_uuid(), 1, 2, now() + n * interval '1 microsecond', now()
       FROM generate_series(1, $2::int) AS n RETURNING id
     ), seated AS (INSERT INTO memberships (room_id, user_id, role, rev) SELECT id, $1, 'owner', 1 FROM made)
     INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT id, 1, gen_random_uuid(), 2, $1, gen_random_uuid(), $3, 0, now() FROM made RETURNING room_id AS id`, [userId, count, text]);
  for (const table of ['rooms', 'memberships', 'messages']) await db.query(`ANALYZE ${table}`);
  return made.map(({ id }) => id).sort();
}

/** Says something in many rooms at once, past the server. */
export async function sayInAll({ db }: Pick<TestServer, 'db'>, userId: string, roomIds: readonly string[], said: { text: string; times: number }): Promise<void> {
  await db.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT r.id, r.last_seq + n, gen_random_uuid(), r.rev + n, $1, gen_random_uuid(), $3, 0, now() + n * interval '1 microsecond'
     FROM rooms r, generate_series(1, $4::int) AS n WHERE r.id = ANY($2::uuid[])`, [userId, roomIds, said.text, said.times]);
  await db.query('UPDATE rooms SET last_seq = last_seq + $2, rev = rev + $2, last_message_at = now() WHERE id = ANY($1::uuid[])', [roomIds, said.times]);
}
