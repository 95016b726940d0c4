import { isIn } from '../database/wire.js';
import { textHash, type Append } from './append.sql.js';

/**
 * Stores a message that is alone in its batch, as most are on a server with little to do, for less than the statement for a whole batch
 * costs. Where the room stands then comes back. It does so only where nothing is to be said against it: when no row comes back, nothing was stored,
 * and the statement for a batch says why. Room and membership are locked rows here too, so who had to wait judges by their newest state.
 */
export const appendOneSql = `
WITH standing AS MATERIALIZED (
  SELECT r.last_seq + 1 AS seq, r.rev + 1 AS rev, greatest(now(), r.last_message_at + interval '1 microsecond') AS moment
  FROM rooms r JOIN memberships m ON m.room_id = r.id
  WHERE r.id = $1 AND m.user_id = $2 AND ${isIn('m')} AND r.archived_at IS NULL AND ($7::bigint IS NULL OR $7 <= r.last_seq)
    AND NOT EXISTS (SELECT FROM messages x WHERE x.sender_id = $2 AND x.client_id = $3)
  FOR NO KEY UPDATE OF r, m
), inserted AS (
  INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, reply_to_seq, created_at)
  SELECT $1, seq, $4, rev, $2, $3, $5, $6, $7, moment FROM standing
), marked AS (
  UPDATE memberships m SET read_seq = s.seq FROM standing s WHERE m.room_id = $1 AND m.user_id = $2
)
UPDATE rooms r SET last_seq = s.seq, rev = s.rev, last_message_at = s.moment FROM standing s WHERE r.id = $1
RETURNING r.last_seq AS seq, r.rev, (extract(epoch FROM r.last_message_at) * 1000000)::bigint AS micros`;

export function appendOneValues({ id, roomId, senderId, clientId, text, replyTo }: Append): unknown[] {
  return [roomId, senderId, clientId, id, text, textHash(text), replyTo];
}
