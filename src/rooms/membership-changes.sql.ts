import { isIn, memberJson, roomJson } from '../database/wire.js';

/**
 * A change of a membership is one statement, so that a server which stands still never holds a room's lock between two round trips. Every change of a room
 * locks its row first. A statement that waited for that lock sees the newest version of the rows that it locks, but all others as they were before:
 * rows made meanwhile are missing. `waited` tells that this may be so, and a refusal is then decided once more by a statement that begins anew.
 *
 * $1 is the room, $2 the user, $3 what is special about the change. Nothing is written, and no revision is taken, where there is a verdict.
 */
const before = `
WITH room AS MATERIALIZED (
  SELECT id, kind, last_seq, archived_at, rev + 1 AS next_rev, rev <> (SELECT y.rev FROM rooms y WHERE y.id = $1) AS waited
  FROM rooms WHERE id = $1 FOR NO KEY UPDATE
), before AS MATERIALIZED (
  SELECT x.*, room.id AS in_room, room.kind, room.last_seq, room.archived_at, room.next_rev, room.waited
  FROM room LEFT JOIN LATERAL (
    SELECT m.room_id, m.user_id, m.role, m.rev, m.joined_at, m.left_at, m.banned_at FROM memberships m
    WHERE m.room_id = room.id AND m.user_id = $2 FOR NO KEY UPDATE
  ) AS x ON true
)`;

/** Locked as well, and not FOR KEY SHARE, which returns rows as they were before: two owners who leave at the same moment would each count on the other. */
const otherOwners = `
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM (
    SELECT FROM memberships o
    WHERE b.role = 'owner' AND o.room_id = b.in_room AND o.role = 'owner' AND o.user_id <> $2 AND ${isIn('o')} FOR SHARE
  ) AS locked) AS others`;

/** `changed` is the membership as it was written. */
const outcome = `, moved AS (
  UPDATE rooms r SET rev = r.rev + 1 FROM changed c WHERE r.id = c.room_id RETURNING ${roomJson('r')} AS room
)
SELECT CASE WHEN j.verdict IS NULL AND NOT EXISTS (SELECT FROM changed) THEN 'again' ELSE j.verdict END AS verdict, j.waited,
  CASE WHEN j.user_id IS NULL THEN NULL ELSE ${memberJson('j')} END AS before,
  (SELECT c.member FROM changed c) AS after, (SELECT v.room FROM moved v) AS room
FROM judged j`;

/** $3: 'self', 'added' or 'pardoned'. What was said before counts as read. */
export const enterSql = `${before}, judged AS MATERIALIZED (
  SELECT b.*, CASE
    WHEN b.user_id IS NOT NULL AND ${isIn('b')} THEN 'unchanged'
    WHEN b.banned_at IS NOT NULL AND $3::text <> 'pardoned' THEN 'banned'
    WHEN $3 = 'self' AND b.kind <> 'public' THEN 'not_found'
  END AS verdict FROM before b
), changed AS (
  INSERT INTO memberships AS m (room_id, user_id, role, read_seq, rev, joined_at)
  SELECT j.in_room, $2, 'member', j.last_seq, j.next_rev, clock_timestamp() FROM judged j WHERE j.verdict IS NULL
  ON CONFLICT (room_id, user_id) DO UPDATE SET role = 'member', read_seq = greatest(m.read_seq, excluded.read_seq), rev = excluded.rev,
    joined_at = excluded.joined_at, left_at = NULL, banned_at = NULL
  WHERE NOT (${isIn('m')}) AND (m.banned_at IS NULL OR $3 = 'pardoned')
  RETURNING m.room_id, ${memberJson('m')} AS member
)${outcome}`;

/** $3: 'left', 'removed', 'banned', also who was never in; or 'erased', also the last owner. In an archived room the last owner may leave: there is nothing left to own. */
export const leaveSql = `${before}, judged AS MATERIALIZED (
  SELECT b.*, CASE
    WHEN b.user_id IS NULL AND $3::text <> 'banned' THEN 'unchanged'
    WHEN b.left_at IS NOT NULL AND ($3 <> 'banned' OR b.banned_at IS NOT NULL) THEN 'unchanged'
    WHEN b.role = 'owner' AND others.n = 0 AND $3 <> 'erased' AND NOT ($3 = 'left' AND b.archived_at IS NOT NULL) THEN 'last_owner'
  END AS verdict FROM before b ${otherOwners}
), changed AS (
  INSERT INTO memberships AS m (room_id, user_id, role, read_seq, rev, left_at, banned_at)
  SELECT j.in_room, $2, 'member', 0, j.next_rev, clock_timestamp(), CASE WHEN $3 = 'banned' THEN clock_timestamp() END FROM judged j WHERE j.verdict IS NULL
  ON CONFLICT (room_id, user_id) DO UPDATE SET rev = excluded.rev, role = 'member', left_at = coalesce(m.left_at, excluded.left_at),
    banned_at = coalesce(excluded.banned_at, m.banned_at)
  RETURNING m.room_id, ${memberJson('m')} AS member
)${outcome}`;

/** $3: the new role. */
export const setRoleSql = `${before}, judged AS MATERIALIZED (
  SELECT b.*, CASE
    WHEN b.user_id IS NULL OR b.left_at IS NOT NULL THEN 'not_found'
    WHEN b.role = $3::text THEN 'unchanged'
    WHEN b.role = 'owner' AND others.n = 0 THEN 'last_owner'
  END AS verdict FROM before b ${otherOwners}
), changed AS (
  UPDATE memberships m SET rev = j.next_rev, role = $3 FROM judged j WHERE j.verdict IS NULL AND m.room_id = j.in_room AND m.user_id = $2
  RETURNING m.room_id, ${memberJson('m')} AS member
)${outcome}`;
