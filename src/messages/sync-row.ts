import type { Message } from '../contract/message.dto.js';
import type { Member, Role, Room, RoomKind } from '../contract/room.dto.js';
import type { RoomChanges } from '../contract/sync.dto.js';
import { utc, wireTime } from '../database/wire.js';
import { messageOf } from './message-row.js';

export const roomColumns = (r: string): string => `
  ${r}.id, ${r}.kind, ${r}.slug, ${r}.name, ${r}.topic, ${r}.epoch, ${r}.last_seq, ${r}.rev, ${r}.direct_key,
  ${utc(`${r}.last_message_at`)}, ${utc(`${r}.archived_at`)}, ${utc(`${r}.created_at`)}`;

type RoomRow = [
  id: string, kind: RoomKind, slug: string | null, name: string, topic: string, epoch: string, seq: string, rev: string, pair: string | null,
  lastMessageAt: string | null, archivedAt: string | null, createdAt: string,
];

/** The place of whoever asks, who is in the room. */
export const seatColumns = (m: string): string => `${m}.user_id, ${m}.role, ${m}.rev, ${utc(`${m}.joined_at`)}, ${m}.read_seq`;

type SeatRow = [userId: string, role: Role, rev: string, joinedAt: string, readSeq: string];

type ChangesRow = [
  unread: string, from: string, to: string, hasMore: 't' | 'f', messages: string | null, members: string | null, reset: 'new' | 'epoch' | null,
  followed: 't' | 'f', ...lastMessage: (string | null)[],
];

const seatAt = 12;
const changesAt = 17;
const followedAt = 24;

/** One room of the answer, from the columns of `syncSql`. */
export function changesOf(row: (string | null)[]): RoomChanges {
  const room = roomOf(row as unknown as RoomRow);
  const seat = row.slice(seatAt, changesAt) as SeatRow;
  const [unread, from, to, hasMore, messages, members, reset, , ...lastMessage] = row.slice(changesAt) as ChangesRow;
  return {
    room,
    membership: membershipOf(room.id, seat),
    readSeq: Number(seat[4]),
    unread: Number(unread),
    lastMessage: lastMessage[0] === null ? null : messageOf(room.id, lastMessage),
    position: room.position,
    from: Number(from),
    to: Number(to),
    hasMore: hasMore === 't',
    messages: messages === null ? [] : (JSON.parse(messages) as Message[]),
    members: members === null ? [] : (JSON.parse(members) as Member[]),
    ...(reset !== null && { reset }),
  };
}

/** Whether there are rooms after those of the page; each of its rows says so. */
export function isFollowed(row: (string | null)[]): boolean {
  return row[followedAt] === 't';
}

function roomOf([id, kind, slug, name, topic, epoch, seq, rev, pair, lastMessageAt, archivedAt, createdAt]: RoomRow): Room {
  return {
    id, kind, slug, name, topic,
    position: { epoch, seq: Number(seq), rev: Number(rev) },
    userIds: pair === null ? null : pair.split(':'),
    lastMessageAt: lastMessageAt === null ? null : wireTime(lastMessageAt),
    archivedAt: archivedAt === null ? null : wireTime(archivedAt),
    createdAt: wireTime(createdAt),
  };
}

function membershipOf(roomId: string, [userId, role, rev, joinedAt]: SeatRow): Member {
  return { roomId, userId, role, rev: Number(rev), joinedAt: wireTime(joinedAt), leftAt: null, bannedAt: null };
}
