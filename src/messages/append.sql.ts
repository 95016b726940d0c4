import { isIn, iso } from '../database/wire.js';

/**
 * Stores a whole batch of messages in one statement, one outcome per input. Within it: the touched rooms are locked in the
 * order of their ids; what was sent before is found by (sender, clientId); senders are judged by the newest state of room
 * and membership (both are locked rows, so PostgreSQL reads them again when it had to wait); those accepted get consecutive
 * `seq` and `rev` and strictly increasing times; room and read markers move.
 *
 * The lock on the room row keeps numbers dense. Do not move this into two statements.
 * Each look-up is a LATERAL sub-select, so that it goes through its index whatever the planner believes of the tables' sizes.
 * The bounds on `n` exclude nothing: they make the planner expect few rows, and then it keeps one plan instead of planning anew each time.
 */
export const appendSql = `
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::bigint[])
    AS i(n, room_id, sender_id, client_id, id, text, text_hash, reply_to_seq)
  WHERE i.n BETWEEN 0 AND 9999
), locked AS MATERIALIZED (
  SELECT r.* FROM (SELECT DISTINCT i.room_id FROM input i ORDER BY i.room_id) AS touched
  CROSS JOIN LATERAL (SELECT id, kind, last_seq, rev, last_message_at, archived_at FROM rooms WHERE id = touched.room_id FOR NO KEY UPDATE) AS r
), judged AS MATERIALIZED (
  SELECT i.*, e.earlier_id, e.same, l.last_seq, l.rev, l.last_message_at,
    CASE
      WHEN e.earlier_id IS NOT NULL THEN 'sent_before'
      WHEN l.id IS NULL THEN 'not_found'
      WHEN s.present IS TRUE AND l.archived_at IS NOT NULL THEN 'room_archived'
      WHEN s.present IS TRUE AND i.reply_to_seq > l.last_seq THEN 'invalid_reply'
      WHEN s.present IS TRUE THEN NULL
      WHEN l.kind <> 'public' THEN 'not_found'
      WHEN s.banned_at IS NOT NULL THEN 'banned'
      ELSE 'not_a_member'
    END AS verdict
  FROM input i
  LEFT JOIN locked l ON l.id = i.room_id
  LEFT JOIN LATERAL (
    SELECT x.id AS earlier_id, x.room_id = i.room_id AND x.first_text_hash = i.text_hash AS same
    FROM messages x WHERE x.sender_id = i.sender_id AND x.client_id = i.client_id LIMIT 1
  ) AS e ON true
  LEFT JOIN LATERAL (
    SELECT x.banned_at, ${isIn('x')} AS present FROM memberships x WHERE x.room_id = l.id AND x.user_id = i.sender_id FOR NO KEY UPDATE
  ) AS s ON true
), inserted AS (
  INSERT INTO messages AS m (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, reply_to_seq, created_at)
  SELECT room_id, last_seq + k, id, rev + k, sender_id, client_id, text, text_hash, reply_to_seq,
    greatest(clock_timestamp(), last_message_at + interval '1 microsecond') + (k - 1) * interval '1 microsecond'
  FROM (SELECT j.*, row_number() OVER (PARTITION BY j.room_id ORDER BY j.n) AS k FROM judged j WHERE j.verdict IS NULL) AS numbered
  RETURNING m.room_id, m.seq, m.id, m.rev, m.sender_id, m.created_at
), moved AS (
  UPDATE rooms r SET last_seq = x.last_seq, rev = x.rev, last_message_at = x.at
  FROM (SELECT room_id, max(seq) AS last_seq, max(rev) AS rev, max(created_at) AS at FROM inserted GROUP BY room_id) AS x
  WHERE r.id = x.room_id
), marked AS (
  UPDATE memberships m SET read_seq = greatest(m.read_seq, x.seq)
  FROM (SELECT room_id, sender_id, max(seq) AS seq FROM inserted GROUP BY room_id, sender_id) AS x
  WHERE m.room_id = x.room_id AND m.user_id = x.sender_id
)
SELECT NULL::int AS n, i.id, NULL AS verdict, NULL::bool AS same, i.seq, i.rev, ${iso('i.created_at')} AS created_at FROM inserted i
UNION ALL SELECT n, earlier_id, verdict, same, NULL, NULL, NULL FROM judged WHERE verdict IS NOT NULL`;
