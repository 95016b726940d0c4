import { bySlug, isIn, memberJson, memberPlace, messageJson, profileFields, roomJson, unread } from '../database/wire.js';
import { messageColumns } from './message-row.js';
import { roomColumns, seatColumns } from './sync-row.js';

/**
 * What one answer may weigh, in bytes before JSON escapes them: escapes can double a text, and an answer stays below 1 MB all the same.
 * A room that is alone on its page may take `ofRoom` besides its last message.
 */
const most = { rooms: 400, page: 450_000, ofRoom: 330_000, newestPage: 250_000 };
/** What JSON adds to the texts, generously. */
const weights = { room: 1000, message: 420, member: 320 };

const messageBytes = (m: string): string => `(${weights.message} + coalesce(octet_length(${m}.text), 0)
  + CASE WHEN ${m}.reactions = '[]' THEN 0 ELSE octet_length(${m}.reactions::text) END)`;

const isFit = (limit: number): string => `(row_number() OVER w = 1 OR sum(bytes) OVER w <= ${limit})`;

/** Of a room that the client knows: its oldest changes, messages and members together, so that there is no hole below the last one that fits. */
const weightOfChanges = `
  SELECT max(rev) FILTER (WHERE fits) AS upto, sum(bytes) FILTER (WHERE fits) AS bytes, NOT bool_and(fits) AS more
  FROM (
    SELECT rev, bytes, row_number() OVER w <= $5 AND ${isFit(most.ofRoom)} AS fits FROM (
      (SELECT x.rev, ${messageBytes('x')} AS bytes FROM messages x
       WHERE x.room_id = n.id AND x.rev > n.from_rev AND n.rev > n.from_rev ORDER BY x.rev LIMIT $5 + 1)
      UNION ALL
      (SELECT y.rev, ${weights.member} FROM memberships y
       WHERE y.room_id = n.id AND y.rev > n.from_rev AND y.rev > 0 AND n.rev > n.from_rev ORDER BY y.rev LIMIT $5 + 1)
      ORDER BY rev LIMIT $5 + 1
    ) AS changed WINDOW w AS (ORDER BY rev)
  ) AS weighed`;

/** Of a room that is new to the client: its newest messages and first members. */
const weightOfNewest = `
  SELECT min(seq) FILTER (WHERE fits) AS first_seq, coalesce(sum(bytes) FILTER (WHERE fits), 0) + ${weights.member} * (
    SELECT count(*) FROM (SELECT FROM memberships z WHERE z.room_id = n.id AND n.reset IS NOT NULL AND ${isIn('z')} LIMIT 200) AS y) AS bytes
  FROM (
    SELECT seq, bytes, ${isFit(most.newestPage)} AS fits FROM (
      SELECT x.seq, ${messageBytes('x')} AS bytes FROM messages x WHERE x.room_id = n.id ORDER BY x.seq DESC LIMIT least($5, 50)
    ) AS newest WINDOW w AS (ORDER BY seq DESC)
  ) AS weighed
  WHERE n.reset IS NOT NULL`;

/** A room and its last message, looked up by their keys: with a limit, no statistics lead to a plan that reads a table as a whole. */
const roomAndLast = (roomId: string): string => `
  CROSS JOIN LATERAL (SELECT * FROM rooms WHERE id = ${roomId} LIMIT 1) AS r
  LEFT JOIN LATERAL (SELECT * FROM messages z WHERE z.room_id = r.id AND z.seq = r.last_seq LIMIT 1) AS l ON true`;

/**
 * My rooms after this one. Compared as a pair, which only the index by person can do: else, with some statistics, PostgreSQL reads the members of all
 * rooms that follow until it meets me.
 */
const mineAfter = (roomId: string): string => `m.user_id = $1 AND ${isIn('m')} AND (m.user_id, m.room_id) > ($1, ${roomId})`;

/** The next of my rooms, and what the client holds of it. `within` limits which ones. */
const nextRoom = (within: string): string => `
  SELECT r.id, r.rev, ${weights.room} + octet_length(r.name) + octet_length(r.topic) + coalesce(${messageBytes('l')}, 0) AS bytes,
    CASE WHEN k.epoch = r.epoch AND k.rev <= r.rev THEN k.rev END AS from_rev,
    CASE WHEN k.rev IS NULL THEN 'new' WHEN k.epoch <> r.epoch OR k.rev > r.rev THEN 'epoch' END AS reset
  FROM (SELECT m.room_id FROM memberships m
        WHERE ${mineAfter('p.id')} AND ${within} ORDER BY m.room_id LIMIT 1) AS s
  ${roomAndLast('s.room_id')}
  CROSS JOIN LATERAL (SELECT array_position($2::uuid[], r.id) AS i) AS h
  CROSS JOIN LATERAL (SELECT ($3::uuid[])[h.i] AS epoch, ($4::bigint[])[h.i] AS rev) AS k`;

const changesJson = `(
  SELECT json_agg(${messageJson('x')} ORDER BY x.rev) FROM messages x
  WHERE x.room_id = p.id AND x.rev > p.from_rev AND x.rev <= p.upto)`;
const changedMembersJson = `(
  SELECT json_agg(${memberJson('y')} ORDER BY y.rev) FROM memberships y
  WHERE y.room_id = p.id AND y.rev > p.from_rev AND y.rev <= p.upto AND y.rev > 0)`;
const newestPage = `(
  SELECT json_agg(${messageJson('x')} ORDER BY x.seq) FROM messages x WHERE x.room_id = p.id AND x.seq >= p.first_seq)`;
const firstMembers = `(
  SELECT json_agg(${memberJson('y')} ORDER BY y.rev) FROM (
    SELECT * FROM memberships z WHERE z.room_id = p.id AND ${isIn('z')} ORDER BY ${memberPlace('z')} LIMIT 200) AS y)`;

/**
 * What changed in the next of my rooms, as of one moment: one statement sees one snapshot. It takes room after room, in the order of their ids, until the
 * answer is full or a room has more changes than it may show; so neither its work nor its answer grows with the number of rooms. Most rooms have not
 * changed: what they are comes as text, for JSON would cost three times as much, and only what changed as JSON.
 */
const pageSql = (within: string): string => `
WITH RECURSIVE page AS (
  SELECT $6::uuid AS id, 0 AS place, NULL::bigint AS from_rev, NULL::text AS reset, NULL::bigint AS upto, NULL::bigint AS first_seq, false AS more, 0::numeric AS bytes
  UNION ALL
  SELECT n.id, p.place + 1, n.from_rev, n.reset, c.upto, f.first_seq, coalesce(c.more, false), p.bytes + n.bytes + coalesce(c.bytes, 0) + coalesce(f.bytes, 0)
  FROM page p
  CROSS JOIN LATERAL (${nextRoom(within)}) AS n
  CROSS JOIN LATERAL (${weightOfChanges}) AS c
  CROSS JOIN LATERAL (${weightOfNewest}) AS f
  WHERE NOT p.more AND p.place < ${most.rooms}
    AND (p.place = 0 OR p.bytes + n.bytes + coalesce(c.bytes, 0) + coalesce(f.bytes, 0) <= ${most.page})
)
SELECT ${roomColumns('r')}, ${seatColumns('s')}, ${unread('r', 's')},
  coalesce(p.from_rev, 0), CASE WHEN p.more THEN p.upto ELSE r.rev END, p.more,
  CASE WHEN p.reset IS NULL THEN ${changesJson} ELSE ${newestPage} END, CASE WHEN p.reset IS NULL THEN ${changedMembersJson} ELSE ${firstMembers} END,
  p.reset, EXISTS (SELECT FROM memberships m
    WHERE ${mineAfter('(SELECT id FROM page ORDER BY place DESC LIMIT 1)')} AND ${within}), ${messageColumns('l')}
FROM page p
${roomAndLast('p.id')}
CROSS JOIN LATERAL (SELECT * FROM memberships m WHERE m.room_id = p.id AND m.user_id = $1 LIMIT 1) AS s
WHERE p.place > 0
ORDER BY p.place`;

export const syncSql = pageSql('m.room_id <= $7::uuid');
/** Of certain rooms alone. */
export const syncOnlySql = pageSql('m.room_id = ANY($7::uuid[])');

/**
 * What whoever comes in is shown, with the people in it, as of one moment: otherwise a position could be newer than the messages beside it, and hide
 * those between.
 */
export const openingSql = `
WITH opened AS (
  SELECT r.* FROM rooms r JOIN memberships m ON m.room_id = r.id
  WHERE r.id = coalesce($1::uuid, (
    SELECT s.id FROM rooms s JOIN memberships x ON x.room_id = s.id AND x.user_id = $2 AND ${isIn('x')} WHERE s.slug = $5 ORDER BY ${bySlug('s', 'x')} LIMIT 1))
    AND r.archived_at IS NULL AND m.user_id = $2 AND ${isIn('m')}
), page AS (
  SELECT z.* FROM opened r, LATERAL (SELECT * FROM messages z WHERE z.room_id = r.id ORDER BY z.seq DESC LIMIT $3) AS z
), shown AS (
  SELECT z.* FROM opened r, LATERAL (SELECT * FROM memberships z WHERE z.room_id = r.id AND ${isIn('z')} ORDER BY ${memberPlace('z')} LIMIT $4) AS z
)
SELECT ${roomJson('r')} AS room, r.last_seq > $3 AS "hasMore",
  (SELECT coalesce(json_agg(${messageJson('x')} ORDER BY x.seq), '[]') FROM page x) AS messages,
  (SELECT coalesce(json_agg(${memberJson('y')} ORDER BY ${memberPlace('y')}), '[]') FROM shown y) AS members,
  (SELECT coalesce(json_agg((SELECT row_to_json(w) FROM (SELECT ${profileFields('u')}) AS w)), '[]') FROM users u
   WHERE u.id IN (SELECT sender_id FROM page UNION SELECT user_id FROM shown)) AS profiles
FROM opened r`;
