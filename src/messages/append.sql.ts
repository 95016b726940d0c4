import { plainArray, textArray } from '../database/arrays.js';
import { briefly, isIn } from '../database/wire.js';
import { textHash } from './text-hash.js';

export interface Append {
  id: string;
  roomId: string;
  senderId: string;
  clientId: string;
  text: string;
  replyTo: number | null;
  /** Whether the sender is in the room, as far as we know. Only asked of a message that is alone. */
  knownMember: () => boolean;
}

/**
 * Stores a whole batch of messages in one statement. Within it: the touched rooms are locked in the order of their ids; what
 * was sent before is found by (sender, clientId), for those who are still in the room; senders are judged by the newest state of room and membership (both are
 * locked rows, so PostgreSQL reads their newest version); those accepted get consecutive `seq` and `rev` and
 * strictly increasing times, in the order of the input; room and read markers move.
 *
 * It answers with a row for each input that was not stored now, and with one for each room: where the room stands now. The
 * numbers of those stored follow from that (see append-outcome.ts), so that a batch costs no row and no formatted time per message.
 *
 * It waits for no row: of a room or a sender that another transaction has locked, nothing is stored, and the answer says so. Were a lock released between
 * two messages of one room, the later one alone would be stored; so what holds one of them holds all.
 *
 * The lock on the room row keeps numbers dense. Do not move this into two statements.
 * Each look-up is a LATERAL sub-select, so that it goes through its index whatever the planner believes of the tables' sizes; that of the
 * room as well, once for each message: joined with the messages of a batch, rooms would be compared with each of them.
 * The bounds on `n` exclude nothing: they make the planner expect few rows, and then it keeps one plan instead of planning anew each time.
 */
export const appendSql = `
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[]) WITH ORDINALITY
    AS i(room_id, sender_id, client_id, id, text, text_hash, reply_to_seq, n)
  WHERE i.n BETWEEN 0 AND 9999 AND ${briefly} ORDER BY i.room_id, i.n
), looked AS MATERIALIZED (
  SELECT i.*, e.earlier_id, e.same, l.last_seq, l.rev, l.moment,
    CASE
      WHEN l.id IS NULL AND EXISTS (SELECT FROM rooms r WHERE r.id = i.room_id) THEN 'room_held'
      WHEN l.id IS NULL THEN 'not_found'
      WHEN s.present IS NULL AND EXISTS (SELECT FROM memberships y WHERE y.room_id = i.room_id AND y.user_id = i.sender_id) THEN 'sender_held'
      WHEN s.present IS TRUE AND e.earlier_id IS NOT NULL THEN 'sent_before'
      WHEN s.present IS TRUE AND l.archived_at IS NOT NULL THEN 'room_archived'
      WHEN s.present IS TRUE AND i.reply_to_seq > l.last_seq THEN 'invalid_reply'
      WHEN s.present IS TRUE THEN NULL
      WHEN l.kind <> 'public' THEN 'not_found'
      WHEN s.banned_at IS NOT NULL THEN 'banned'
      ELSE 'not_a_member'
    END AS verdict
  FROM input i
  LEFT JOIN LATERAL (
    SELECT id, kind, last_seq, rev, archived_at, greatest(now(), last_message_at + interval '1 microsecond') AS moment
    FROM rooms WHERE id = i.room_id FOR NO KEY UPDATE SKIP LOCKED
  ) AS l ON true
  LEFT JOIN LATERAL (
    SELECT x.id AS earlier_id, x.room_id = i.room_id AND x.first_text_hash = i.text_hash AS same
    FROM messages x WHERE x.sender_id = i.sender_id AND x.client_id = i.client_id LIMIT 1
  ) AS e ON true
  LEFT JOIN LATERAL (
    SELECT x.banned_at, ${isIn('x')} AS present FROM memberships x WHERE x.room_id = l.id AND x.user_id = i.sender_id FOR NO KEY UPDATE SKIP LOCKED
  ) AS s ON true
), judged AS MATERIALIZED (
  SELECT room_id, sender_id, client_id, id, text, text_hash, reply_to_seq, n, earlier_id, same, last_seq, rev, moment,
    CASE
      WHEN verdict IS NOT NULL THEN verdict
      WHEN bool_or(verdict = 'room_held') OVER (PARTITION BY room_id) THEN 'room_held'
      WHEN bool_or(verdict = 'sender_held') OVER (PARTITION BY room_id, sender_id) THEN 'sender_held'
    END AS verdict
  FROM looked
), numbered AS MATERIALIZED (
  SELECT j.*, row_number() OVER (PARTITION BY j.room_id ORDER BY j.n) AS k FROM judged j WHERE j.verdict IS NULL
), inserted AS (
  INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, reply_to_seq, created_at)
  SELECT room_id, last_seq + k, id, rev + k, sender_id, client_id, text, text_hash, reply_to_seq, moment + (k - 1) * interval '1 microsecond'
  FROM numbered
), moved AS (
  UPDATE rooms r SET last_seq = x.last_seq + x.n, rev = x.rev + x.n, last_message_at = x.moment + (x.n - 1) * interval '1 microsecond'
  FROM (SELECT room_id, last_seq, rev, moment, count(*) AS n FROM numbered GROUP BY room_id, last_seq, rev, moment) AS x
  WHERE r.id = x.room_id
  RETURNING r.id, r.last_seq, r.rev, r.last_message_at
), marked AS (
  UPDATE memberships m SET read_seq = greatest(m.read_seq, x.seq)
  FROM (SELECT room_id, sender_id, max(last_seq + k) AS seq FROM numbered GROUP BY room_id, sender_id) AS x
  WHERE m.room_id = x.room_id AND m.user_id = x.sender_id
)
SELECT NULL::int AS n, id, NULL AS verdict, NULL::bool AS same, last_seq AS seq, rev, (extract(epoch FROM last_message_at) * 1000000)::bigint AS micros FROM moved
UNION ALL SELECT n::int - 1, earlier_id, verdict, same, NULL, NULL, NULL FROM judged WHERE verdict IS NOT NULL`;

/** The parameters, one array for each column. */
export function appendValues(batch: readonly Append[]): string[] {
  return [
    plainArray(batch, ({ roomId }) => roomId), plainArray(batch, ({ senderId }) => senderId), plainArray(batch, ({ clientId }) => clientId), plainArray(batch, ({ id }) => id),
    textArray(batch.map(({ text }) => text)), plainArray(batch, ({ text }) => textHash(text)), plainArray(batch, ({ replyTo }) => replyTo),
  ];
}
