import { roles } from '../contract/room.dto.js';
import type { User } from '../contract/user.dto.js';

/** How rows become what the wire shows, in SQL: PostgreSQL builds the JSON of what has parts of its own. Each function takes the alias of a table in the query. */
/** A time that is read as text: PostgreSQL writes it without zeros at the end, `wireTime` makes the rest. */
export const utc = (column: string): string => `${column} AT TIME ZONE 'UTC'`;

const iso = (column: string): string => `to_char(${utc(column)}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const isoMs = (column: string): string => `to_char(${utc(column)}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** A user as the database knows them; who is online, only the nodes know. */
export type Profile = Omit<User, 'presence'> & { lastSeenAt: string | null };

/** The select list of a `Profile`. */
export const profileFields = (u: string): string => `
  ${u}.id, ${u}.username, ${u}.name, ${u}.avatar_url AS "avatarUrl", ${u}.role, ${u}.disabled_at IS NOT NULL AS disabled,
  ${isoMs(`${u}.last_seen_at`)} AS "lastSeenAt", ${isoMs(`${u}.created_at`)} AS "createdAt"`;

/** As the select list of a row: a row turned into JSON costs half of what json_build_object does. */
export const messageFields = (m: string): string => `
  ${m}.id, ${m}.room_id AS "roomId", ${m}.seq, ${m}.rev, ${m}.sender_id AS "senderId", ${m}.client_id AS "clientId", ${m}.text,
  ${m}.reply_to_seq AS "replyTo", ${m}.reactions, ${iso(`${m}.created_at`)} AS "createdAt", ${iso(`${m}.edited_at`)} AS "editedAt",
  ${iso(`${m}.deleted_at`)} AS "deletedAt"`;

export const messageJson = (m: string): string => `(SELECT row_to_json(w) FROM (SELECT ${messageFields(m)}) AS w)`;

const positionJson = (r: string): string => `json_build_object('epoch', ${r}.epoch, 'seq', ${r}.last_seq, 'rev', ${r}.rev)`;

export const roomJson = (r: string): string => `json_build_object(
  'id', ${r}.id, 'kind', ${r}.kind, 'slug', ${r}.slug, 'name', ${r}.name, 'topic', ${r}.topic, 'position', ${positionJson(r)},
  'userIds', string_to_array(${r}.direct_key, ':'), 'lastMessageAt', ${iso(`${r}.last_message_at`)},
  'archivedAt', ${iso(`${r}.archived_at`)}, 'createdAt', ${iso(`${r}.created_at`)})`;

export const memberJson = (m: string): string => `json_build_object(
  'roomId', ${m}.room_id, 'userId', ${m}.user_id, 'role', ${m}.role, 'rev', ${m}.rev, 'joinedAt', ${iso(`${m}.joined_at`)},
  'leftAt', ${iso(`${m}.left_at`)}, 'bannedAt', ${iso(`${m}.banned_at`)})`;

/** Unread = numbers after the marker, without the tombstones among them. */
export const unread = (r: string, m: string): string => `(${r}.last_seq - ${m}.read_seq - (
  SELECT count(*) FROM messages t WHERE t.room_id = ${r}.id AND t.seq > ${m}.read_seq AND t.deleted_at IS NOT NULL))`;

/** A room as one of its members sees it: `MyRoom` of the contract. */
export const myRoomFields = (r: string, m: string): string => `
  'room', ${roomJson(r)}, 'membership', ${memberJson(m)}, 'readSeq', ${m}.read_seq, 'unread', ${unread(r, m)},
  'lastMessage', (SELECT ${messageJson('l')} FROM messages l WHERE l.room_id = ${r}.id AND l.seq = ${r}.last_seq)`;

/** Owners, moderators, members, each in the order in which they came. There is an index of just these words: with another role it needs to be made anew. */
export const memberPlace = (m: string): string => `array_position('{${roles.join()}}'::text[], ${m}.role), ${m}.joined_at, ${m}.user_id`;

export const isIn = (m: string): string => `${m}.left_at IS NULL AND ${m}.banned_at IS NULL`;

/** The same of a membership that may be missing. */
export const present = (m: string): string => `(${m}.user_id IS NOT NULL AND ${isIn(m)})`;

/** Which of several rooms with the same slug is meant: one that I am in, then the public one. */
export const bySlug = (r: string, m: string): string => `${present(m)} DESC, ${r}.kind = 'public' DESC, ${r}.created_at, ${r}.id`;

/** 2026-11-20 16:28:12.1234 as the wire shows it: 2026-11-20T16:28:12.123400Z. */
export function wireTime(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20).padEnd(6, '0')}Z`;
}

/**
 * As a condition: this statement waits for a lock only so long. A batch that waits longer fails, and is tried again without the rooms that are locked;
 * two nodes that write into one room wait for each other for a few milliseconds only.
 */
export const briefly = `(SELECT set_config('lock_timeout', '200ms', true)) IS NOT NULL`;
