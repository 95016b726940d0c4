import type { LeanStatement } from '../database/lean-query.js';
import { briefly, isIn, utc } from '../database/wire.js';
import type { Append } from './append.sql.js';
import { textHashOfOne } from './text-hash.js';

/**
 * Stores a message that is alone in its batch, as most are on a server with little to do, for less than the statement for a whole batch
 * costs. Its numbers and its time come back. It does so only where nothing is to be said against it: when no row comes back, nothing was stored,
 * and the statement for a batch says why.
 *
 * The room moves first, and so is locked; who had to wait for that goes on from its newest state. Whoever was removed meanwhile has no marker to move,
 * and the message no room then: PostgreSQL refuses that (`isRemovedMeanwhile`) and takes the move back.
 */
const statement = (conditions: string): string => `
WITH moved AS (
  UPDATE rooms r SET last_seq = r.last_seq + 1, rev = r.rev + 1, last_message_at = greatest(now(), r.last_message_at + interval '1 microsecond')
  WHERE ${briefly} AND r.id = $1 AND r.archived_at IS NULL AND ($7::bigint IS NULL OR $7 <= r.last_seq)${conditions}
  RETURNING r.last_seq AS seq, r.rev, r.last_message_at AS moment
), marked AS (
  UPDATE memberships m SET read_seq = v.seq FROM moved v WHERE m.room_id = $1 AND m.user_id = $2 AND ${isIn('m')}
  RETURNING m.room_id
)
INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, reply_to_seq, created_at)
SELECT (SELECT k.room_id FROM marked k), v.seq, $4, v.rev, $2, $3, $5, $6, $7, v.moment FROM moved v
RETURNING seq, rev, ${utc('created_at')}`;

const careful = { name: 'append_one', text: statement(`
    AND NOT EXISTS (SELECT FROM messages x WHERE x.sender_id = $2 AND x.client_id = $3)
    AND EXISTS (SELECT FROM memberships m WHERE m.room_id = $1 AND m.user_id = $2 AND ${isIn('m')})`) };

/**
 * Where the sender is known to be in the room, nobody asks beforehand: if it is no longer so, or the message was stored before, PostgreSQL refuses the row
 * and takes everything back. It also notes that as an error in its log, which strangers shall not fill.
 */
const trusting = { name: 'append_one_of_member', text: statement('') };

export function isRemovedMeanwhile({ code, column }: { code?: string; column?: string }): boolean {
  return code === '23502' && column === 'room_id';
}

export function appendOne({ id, roomId, senderId, clientId, text, replyTo, knownMember }: Append): LeanStatement {
  const { name, text: sql } = knownMember() ? trusting : careful;
  return { name, text: sql, values: [roomId, senderId, clientId, id, text, textHashOfOne(text), replyTo === null ? null : String(replyTo)] };
}
