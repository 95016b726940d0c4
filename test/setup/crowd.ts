import type { TestServer } from './server.js';

/** Puts many people into a room, straight into the tables: `crowd-0001 Crowd 0001` and so on, after whoever is in it. Nobody is told. */
export async function addCrowd({ db }: Pick<TestServer, 'db'>, roomId: string, count: number): Promise<void> {
  await db.query(
    `WITH people AS (
       INSERT INTO users (id, username, username_key, name, email, email_key, search_text)
       SELECT gen_random_uuid(), word, word, initcap(replace(word, '-', ' ')), word || '@example.org', word || '@example.org', word || ' ' || replace(word, '-', ' ')
       FROM (SELECT 'crowd-' || to_char(n, 'FM0000') AS word FROM generate_series(1, $2::int) AS n) AS words
       RETURNING id, username
     ), numbered AS (SELECT id, row_number() OVER (ORDER BY username) AS n FROM people)
     INSERT INTO memberships (room_id, user_id, rev, joined_at)
     SELECT r.id, p.id, r.rev + p.n, now() + p.n * interval '1 microsecond' FROM numbered p, rooms r WHERE r.id = $1`, [roomId, count]);
  await db.query('UPDATE rooms SET rev = rev + $2 WHERE id = $1', [roomId, count]);
}
