import { briefly, isIn } from '../database/wire.js';
import type { LeanStatement } from '../database/lean-query.js';
import { plainArray, textArray } from '../database/arrays.js';
import type { Append } from './append.sql.js';
import { textHash } from './text-hash.js';

/**
 * Stores a whole batch of messages, as the statement of append.sql.ts does, and asks nothing beforehand: neither what was sent before nor who is
 * in which room. All of it is stored, or, where anything speaks against one of them, PostgreSQL refuses everything and takes it back; the other
 * statement then says which one it was.
 *
 * The touched rooms are locked in the order of the batch, which is that of their ids, so that two nodes cannot wait for each other. Numbers count on from
 * the newest state of each room. A room that is archived or unknown is not among the locked ones; who is not in the room, or was removed while the
 * statement waited, has no marker to move. Where one is missing, a division by zero ends it all (`isIncomplete`): of errors that a statement
 * can make by itself, the one that says nothing of the message in PostgreSQL's log.
 *
 * Senders are listed once for each room ($4 to $6: place of the room, who, which of the room's messages is their last), messages name their sender by
 * the place in that list. What stands in a room is found by its place as well: a join could be planned as comparing each message with each room.
 */
const statement = `
WITH locked AS MATERIALIZED (
  SELECT w.room_id, w.place, w.n, l.*
  FROM unnest($1::uuid[], $2::int[], $3::bigint[]) WITH ORDINALITY AS w(room_id, n, reply_to_seq, place)
  CROSS JOIN LATERAL (
    SELECT last_seq, rev, greatest(now(), last_message_at + interval '1 microsecond') AS moment FROM rooms WHERE id = w.room_id AND archived_at IS NULL FOR NO KEY UPDATE
  ) AS l
  WHERE ${briefly} AND (w.reply_to_seq IS NULL OR w.reply_to_seq <= l.last_seq)
), before AS MATERIALIZED (
  SELECT array_agg(last_seq ORDER BY place) AS seqs, array_agg(rev ORDER BY place) AS revs, array_agg(moment ORDER BY place) AS moments, count(*) AS n FROM locked
), moved AS (
  UPDATE rooms r SET last_seq = x.last_seq + x.n, rev = x.rev + x.n, last_message_at = x.moment + (x.n - 1) * interval '1 microsecond'
  FROM locked x WHERE r.id = x.room_id
  RETURNING r.id, r.last_seq, r.rev, r.last_message_at
), marked AS (
  UPDATE memberships m SET read_seq = greatest(m.read_seq, (SELECT seqs FROM before)[x.room] + x.last)
  FROM unnest($4::int[], $5::uuid[], $6::int[]) AS x(room, user_id, last)
  WHERE m.room_id = ($1::uuid[])[x.room] AND m.user_id = x.user_id AND ${isIn('m')}
  RETURNING 1
), complete AS MATERIALIZED (
  SELECT 1 / ((SELECT n FROM before) = cardinality($1) AND (SELECT count(*) FROM marked) = cardinality($5))::int AS once
), inserted AS (
  INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, reply_to_seq, created_at)
  SELECT ($1::uuid[])[i.room], (SELECT seqs FROM before)[i.room] + i.k * (SELECT once FROM complete), i.id, (SELECT revs FROM before)[i.room] + i.k,
    ($5::uuid[])[i.sender], i.client_id, i.text, i.text_hash, i.reply_to_seq, (SELECT moments FROM before)[i.room] + (i.k - 1) * interval '1 microsecond'
  FROM unnest($7::int[], $8::int[], $9::int[], $10::uuid[], $11::uuid[], $12::text[], $13::bigint[], $14::bigint[])
    AS i(room, sender, k, id, client_id, text, text_hash, reply_to_seq)
)
SELECT id, last_seq, rev, (extract(epoch FROM last_message_at) * 1000000)::bigint FROM moved`;

export function isIncomplete({ code }: { code?: string }): boolean {
  return code === '22012';
}

/** The messages of one room must stand together, and the rooms in the order of their ids. */
export function appendTrusting(batch: readonly Append[]): LeanStatement {
  const { rooms, senders, places } = listed(batch);
  return { name: 'append_trusting', text: statement, values: [
    plainArray(rooms, ({ id }) => id), plainArray(rooms, ({ n }) => n), plainArray(rooms, ({ replyTo }) => replyTo),
    plainArray(senders, ({ room }) => room), plainArray(senders, ({ id }) => id), plainArray(senders, ({ last }) => last),
    plainArray(places, ({ room }) => room), plainArray(places, ({ sender }) => sender), plainArray(places, ({ k }) => k),
    plainArray(batch, ({ id }) => id), plainArray(batch, ({ clientId }) => clientId), textArray(batch.map(({ text }) => text)),
    plainArray(batch, ({ text }) => textHash(text)), plainArray(batch, ({ replyTo }) => replyTo),
  ] };
}

interface Lists {
  /** With the number of messages there, and the latest that one of them answers to. */
  rooms: { id: string; n: number; replyTo: number | null }[];
  senders: { room: number; id: string; last: number }[];
  /** Of each message; `room` and `sender` count from 1 in the lists, `k` within the room. */
  places: { room: number; sender: number; k: number }[];
}

function listed(batch: readonly Append[]): Lists {
  const lists: Lists = { rooms: [], senders: [], places: [] };
  let inRoom = new Map<string, number>();
  for (const { roomId, senderId, replyTo } of batch) {
    if (lists.rooms.at(-1)?.id !== roomId) {
      lists.rooms.push({ id: roomId, n: 0, replyTo: null });
      inRoom = new Map();
    }
    const room = lists.rooms[lists.rooms.length - 1];
    room.n += 1;
    if (replyTo !== null) room.replyTo = Math.max(replyTo, room.replyTo ?? 0);
    const sender = inRoom.get(senderId) ?? lists.senders.push({ room: lists.rooms.length, id: senderId, last: 0 });
    inRoom.set(senderId, sender);
    lists.senders[sender - 1].last = room.n;
    lists.places.push({ room: lists.rooms.length, sender, k: room.n });
  }
  return lists;
}
