import { isIn, messageJson } from '../database/wire.js';
import { reactionSummary } from './reaction-summary.sql.js';

const differentReactions = 20;

/**
 * A change of a message is one statement, so that a server which stands still never holds a room's lock between two round trips. It locks the room, then the
 * message and the membership, and so sees the newest version of each, also where it had to wait. Reactions are rows of their own: of those it sees what was
 * there when it began. They are changed together with their message; where that has another revision by now, the verdict is 'again'.
 *
 * The membership is locked FOR SHARE: FOR KEY SHARE does not wait for a change of other columns, and returns the row as it was before.
 *
 * $1 is the room, $2 the message, $3 the user, $4 whether they may do this without being in the room. Where there is a verdict nothing is written, and no
 * revision is taken.
 */
const change = ({ verdicts, steps = '', set }: { verdicts: string; steps?: string; set: string }): string => `
WITH room AS MATERIALIZED (
  SELECT id, rev, archived_at FROM rooms WHERE id = $1 FOR NO KEY UPDATE
), before AS MATERIALIZED (
  SELECT m.*, room.rev + 1 AS next_rev, $4::bool OR (s.present IS TRUE AND room.archived_at IS NULL) AS welcome
  FROM room
  CROSS JOIN LATERAL (SELECT x.* FROM messages x WHERE x.room_id = room.id AND x.id = $2 FOR NO KEY UPDATE) AS m
  LEFT JOIN LATERAL (SELECT ${isIn('x')} AS present FROM memberships x WHERE x.room_id = room.id AND x.user_id = $3 FOR SHARE) AS s ON true
), judged AS MATERIALIZED (
  SELECT b.*, CASE WHEN NOT b.welcome THEN 'unwelcome' ${verdicts} END AS verdict FROM before b
)${steps}, moved AS (
  UPDATE rooms r SET rev = j.next_rev FROM judged j WHERE r.id = j.room_id AND j.verdict IS NULL
), changed AS (
  UPDATE messages m SET ${set}, rev = j.next_rev FROM judged j WHERE j.verdict IS NULL AND m.room_id = j.room_id AND m.seq = j.seq
  RETURNING ${messageJson('m')} AS message
)
SELECT j.verdict, ${messageJson('j')} AS before, (SELECT c.message FROM changed c) AS after FROM judged j`;

const deleted = `WHEN b.deleted_at IS NOT NULL THEN 'message_deleted'`;
const outdated = `WHEN b.rev <> (SELECT y.rev FROM messages y WHERE y.id = $2) THEN 'again'`;
const mine = `EXISTS (SELECT FROM reactions x WHERE x.room_id = b.room_id AND x.seq = b.seq AND x.emoji = $5::text AND x.user_id = $3)`;

/** $5: the text, $6: the revision that it must have, or null. */
export const editSql = change({
  verdicts: `${deleted} WHEN b.rev <> $6::bigint THEN 'stale_rev' WHEN b.text = $5::text THEN 'unchanged'`,
  set: 'text = $5, edited_at = clock_timestamp()',
});

/** The number stays, everything said goes. */
export const burySql = change({
  verdicts: `WHEN b.deleted_at IS NOT NULL THEN 'unchanged' ${outdated}`,
  steps: `, silenced AS (DELETE FROM reactions x USING judged j WHERE j.verdict IS NULL AND x.room_id = j.room_id AND x.seq = j.seq)`,
  set: `text = NULL, reactions = '[]', deleted_at = clock_timestamp()`,
});

/** $5: the emoji. */
export const reactSql = change({
  verdicts: `${deleted} ${outdated} WHEN ${mine} THEN 'unchanged'
    WHEN jsonb_array_length(b.reactions) >= ${differentReactions}
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(b.reactions) AS e WHERE e ->> 'emoji' = $5) THEN 'too_many_reactions'`,
  steps: `, added AS (
    INSERT INTO reactions (room_id, seq, emoji, user_id) SELECT j.room_id, j.seq, $5, $3 FROM judged j WHERE j.verdict IS NULL
    RETURNING emoji, user_id, created_at
  )`,
  set: `reactions = (${reactionSummary(`(
    SELECT emoji, user_id, created_at FROM reactions o WHERE o.room_id = m.room_id AND o.seq = m.seq UNION ALL SELECT emoji, user_id, created_at FROM added) AS x`)})`,
});

/** $5: the emoji. */
export const unreactSql = change({
  verdicts: `${deleted} ${outdated} WHEN NOT ${mine} THEN 'unchanged'`,
  steps: `, removed AS (
    DELETE FROM reactions x USING judged j
    WHERE j.verdict IS NULL AND x.room_id = j.room_id AND x.seq = j.seq AND x.emoji = $5 AND x.user_id = $3
  )`,
  set: `reactions = (${reactionSummary('reactions x WHERE x.room_id = m.room_id AND x.seq = m.seq AND NOT (x.emoji = $5 AND x.user_id = $3)')})`,
});
