import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { JoinedRoom, Member } from '../contract/room.dto.js';
import type { Message } from '../contract/message.dto.js';
import type { Have, RoomChanges } from '../contract/sync.dto.js';
import { prepared } from '../database/prepared.js';
import { isIn, memberJson, memberPlace, messageJson, myRoomFields, positionJson, roomJson } from '../database/wire.js';

/**
 * Everything that changed in all my rooms, as of one moment: one statement sees one snapshot. Messages and members share
 * one sequence of revisions; of both together the oldest `limit` changes are taken, so that `to` has no hole below it.
 */
export const syncSql = `
WITH have AS (
  SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS h(room_id, epoch, rev)
), mine AS (
  SELECT r.*, m.user_id, CASE WHEN h.epoch = r.epoch AND h.rev <= r.rev THEN h.rev END AS from_rev,
    CASE WHEN h.room_id IS NULL THEN 'new' WHEN h.epoch <> r.epoch OR h.rev > r.rev THEN 'epoch' END AS reset
  FROM memberships m JOIN rooms r ON r.id = m.room_id LEFT JOIN have h ON h.room_id = r.id
  WHERE m.user_id = $1 AND ${isIn('m')}
)
SELECT json_build_object(${myRoomFields('r', 'me')}, 'position', ${positionJson('r')},
    'from', coalesce(r.from_rev, 0), 'to', CASE WHEN c.n > $5 THEN c.upto ELSE r.rev END, 'hasMore', c.n > $5,
    'messages', CASE WHEN r.reset IS NULL THEN coalesce(c.messages, '[]') ELSE coalesce(p.messages, '[]') END,
    'members', CASE WHEN r.reset IS NULL THEN coalesce(c.members, '[]') ELSE coalesce(q.members, '[]') END, 'reset', r.reset) AS changes
FROM mine r
JOIN memberships me ON me.room_id = r.id AND me.user_id = r.user_id
CROSS JOIN LATERAL (
  SELECT count(*) AS n, max(rev) FILTER (WHERE place <= $5) AS upto,
    json_agg(message ORDER BY rev) FILTER (WHERE message IS NOT NULL AND place <= $5) AS messages,
    json_agg(member ORDER BY rev) FILTER (WHERE member IS NOT NULL AND place <= $5) AS members
  FROM (
    SELECT *, row_number() OVER (ORDER BY rev) AS place FROM (
      (SELECT x.rev, ${messageJson('x')} AS message, NULL::json AS member FROM messages x WHERE x.room_id = r.id AND x.rev > r.from_rev ORDER BY x.rev LIMIT $5 + 1)
      UNION ALL
      (SELECT y.rev, NULL, ${memberJson('y')} FROM memberships y WHERE y.room_id = r.id AND y.rev > r.from_rev AND y.rev > 0 ORDER BY y.rev LIMIT $5 + 1)
    ) AS changed ORDER BY rev LIMIT $5 + 1
  ) AS placed
) AS c
CROSS JOIN LATERAL (
  SELECT json_agg(${messageJson('x')} ORDER BY x.seq) AS messages FROM (
    SELECT * FROM messages z WHERE z.room_id = r.id AND r.reset IS NOT NULL ORDER BY z.seq DESC LIMIT least($5, 50)) AS x
) AS p
CROSS JOIN LATERAL (
  SELECT json_agg(${memberJson('y')} ORDER BY y.rev) AS members FROM (
    SELECT * FROM memberships z WHERE z.room_id = r.id AND r.reset IS NOT NULL AND ${isIn('z')} ORDER BY ${memberPlace('z')} LIMIT 200) AS y
) AS q
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

type RawChanges = Omit<RoomChanges, 'reset'> & { reset: 'new' | 'epoch' | null; messages: Message[]; members: Member[] };

@Injectable()
export class SyncRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  /** Returns null to whoever is not in the room, and when it is archived. */
  async opening(userId: string, ref: { id: string } | { slug: string }, shown: { messages: number; members: number }): Promise<JoinedRoom | null> {
    const [id, slug] = 'id' in ref ? [ref.id, null] : [null, ref.slug];
    const rows = await prepared<{ joined: JoinedRoom }>(this.db, { name: 'opening', text: openingSql, values: [id, userId, shown.messages, shown.members, slug] });
    return rows[0]?.joined ?? null;
  }

  async changedAfter(userId: string, have: ReadonlyMap<string, Have>, limit: number): Promise<RoomChanges[]> {
    const known = [...have.values()];
    const values = [userId, [...have.keys()], known.map(({ epoch }) => epoch), known.map(({ rev }) => rev), limit];
    const rows = await prepared<{ changes: RawChanges }>(this.db, { name: 'sync', text: syncSql, values });
    return rows.map(({ changes: { reset, ...changes } }) => (reset === null ? changes : { ...changes, reset }));
  }
}
