import type { Message, Reaction } from '../contract/message.dto.js';
import { utc, wireTime } from '../database/wire.js';

/** A message of a room that is known, as a page reads it: as text. JSON that PostgreSQL makes and we read would cost a page half as much again and more. */
export const messageColumns = (m: string): string => `
  ${m}.id, ${m}.seq, ${m}.rev, ${m}.sender_id, ${m}.client_id, ${m}.text, ${m}.reply_to_seq, ${m}.reactions,
  ${utc(`${m}.created_at`)}, ${utc(`${m}.edited_at`)}, ${utc(`${m}.deleted_at`)}`;

type Row = [
  id: string, seq: string, rev: string, senderId: string, clientId: string, text: string | null, replyTo: string | null, reactions: string,
  createdAt: string, editedAt: string | null, deletedAt: string | null,
];

export function messageOf(roomId: string, row: (string | null)[]): Message {
  const [id, seq, rev, senderId, clientId, text, replyTo, reactions, createdAt, editedAt, deletedAt] = row as Row;
  return {
    id, roomId, seq: Number(seq), rev: Number(rev), senderId, clientId, text,
    replyTo: replyTo === null ? null : Number(replyTo),
    reactions: reactions === '[]' ? [] : (JSON.parse(reactions) as Reaction[]),
    createdAt: wireTime(createdAt),
    editedAt: editedAt === null ? null : wireTime(editedAt),
    deletedAt: deletedAt === null ? null : wireTime(deletedAt),
  };
}
