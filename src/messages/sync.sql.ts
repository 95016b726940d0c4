import { isIn, memberJson, memberPlace, messageJson, positionJson, roomJson, unread } from '../database/wire.js';
import { messageColumns } from './message-row.js';
import { roomColumns, seatColumns } from './sync-row.js';

/** Of a room that is new to whoever asks. */
const newestPage = `(
  SELECT json_agg(${messageJson('x')} ORDER BY x.seq) FROM (
    SELECT * FROM messages z WHERE z.room_id = r.id ORDER BY z.seq DESC LIMIT least($5, 50)) AS x)`;
const firstMembers = `(
  SELECT json_agg(${memberJson('y')} ORDER BY y.rev) FROM (
    SELECT * FROM memberships z WHERE z.room_id = r.id AND ${isIn('z')} ORDER BY ${memberPlace('z')} LIMIT 200) AS y)`;

/**
 * Everything that changed in all my rooms, as of one moment: one statement sees one snapshot. Messages and members share one sequence of revisions; of both
 * together the oldest `limit` changes are taken, so that `to` has no hole below it. Most rooms have not changed: what they are comes as text, for JSON would
 * cost three times as much, and only what changed as JSON.
 */
export const syncSql = `
WITH have AS (
  SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS h(room_id, epoch, rev)
), mine AS (
  SELECT r.*, m.user_id, m.role, m.rev AS seat_rev, m.joined_at, m.read_seq, CASE WHEN h.epoch = r.epoch AND h.rev <= r.rev THEN h.rev END AS from_rev,
    CASE WHEN h.room_id IS NULL THEN 'new' WHEN h.epoch <> r.epoch OR h.rev > r.rev THEN 'epoch' END AS reset
  FROM memberships m JOIN rooms r ON r.id = m.room_id LEFT JOIN have h ON h.room_id = r.id
  WHERE m.user_id = $1 AND ${isIn('m')}
)
SELECT ${roomColumns('r')}, ${seatColumns('r')}, ${unread('r', 'r')},
  coalesce(r.from_rev, 0), CASE WHEN c.n > $5 THEN c.upto ELSE r.rev END, c.n > $5,
  CASE WHEN r.reset IS NULL THEN c.messages ELSE ${newestPage} END, CASE WHEN r.reset IS NULL THEN c.members ELSE ${firstMembers} END,
  r.reset, ${messageColumns('l')}
FROM mine r
CROSS JOIN LATERAL (
  SELECT count(*) AS n, max(rev) FILTER (WHERE place <= $5) AS upto,
    json_agg(message ORDER BY rev) FILTER (WHERE message IS NOT NULL AND place <= $5) AS messages,
    json_agg(member ORDER BY rev) FILTER (WHERE member IS NOT NULL AND place <= $5) AS members
  FROM (
    SELECT *, row_number() OVER (ORDER BY rev) AS place FROM (
      (SELECT x.rev, ${messageJson('x')} AS message, NULL::json AS member FROM messages x
       WHERE x.room_id = r.id AND x.rev > r.from_rev AND r.rev > r.from_rev ORDER BY x.rev LIMIT $5 + 1)
      UNION ALL
      (SELECT y.rev, NULL, ${memberJson('y')} FROM memberships y
       WHERE y.room_id = r.id AND y.rev > r.from_rev AND y.rev > 0 AND r.rev > r.from_rev ORDER BY y.rev LIMIT $5 + 1)
    ) AS changed ORDER BY rev LIMIT $5 + 1
  ) AS placed
) AS c
LEFT JOIN messages l ON l.room_id = r.id AND l.seq = r.last_seq
ORDER BY r.id`;

/** What whoever comes in is shown, as of one moment: otherwise a position could be newer than the messages beside it, and hide those between. */
export const openingSql = `
SELECT json_build_object('room', ${roomJson('r')}, 'position', ${positionJson('r')}, 'hasMore', r.last_seq > $3,
  'messages', coalesce((SELECT json_agg(${messageJson('x')} ORDER BY x.seq) FROM (
    SELECT * FROM messages z WHERE z.room_id = r.id ORDER BY z.seq DESC LIMIT $3) AS x), '[]'),
  'members', coalesce((SELECT json_agg(${memberJson('y')} ORDER BY ${memberPlace('y')}) FROM (
    SELECT * FROM memberships z WHERE z.room_id = r.id AND ${isIn('z')} ORDER BY ${memberPlace('z')} LIMIT $4) AS y), '[]')) AS joined
FROM rooms r JOIN memberships m ON m.room_id = r.id
WHERE r.id = coalesce($1::uuid, (SELECT s.id FROM rooms s WHERE s.slug = $5)) AND r.archived_at IS NULL AND m.user_id = $2 AND ${isIn('m')}`;
