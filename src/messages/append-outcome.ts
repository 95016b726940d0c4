import type { Message } from '../contract/message.dto.js';
import { fieldProblem, invalidInput, notNow, Refusal } from '../common/refusal.js';
import type { ErrorCode } from '../contract/errors.js';
import { wireTime } from '../database/wire.js';
import { Held } from './append-holds.js';
import type { Append } from './append.sql.js';

export interface Appended {
  message: Message;
  duplicate: boolean;
}

/** An input that was not stored now, by its place. */
interface InputRow {
  n: number;
  /** Of the message that was sent with this clientId before. */
  id: string | null;
  verdict: Verdict;
  same: boolean | null;
}

/** Where a room stands after the batch: the numbers of its last message, and when that was sent in microseconds since 1970. */
interface RoomRow {
  n: null;
  id: string;
  seq: string;
  rev: string;
  micros: string;
}

/** The same, as text. */
export type StandingRow = [id: string, seq: string, rev: string, micros: string];

/** The numbers of a message that was alone, and when it was sent, as `wireTime` takes it. */
export type AloneRow = [seq: string, rev: string, moment: string];

type Verdict = Exclude<ErrorCode, 'internal_error'> | 'invalid_reply' | 'sent_before' | 'room_held' | 'sender_held';
/** What becomes of an input: stored, refused, or to be tried again. */
export type Outcome = Appended | Error | Held;
export type OutcomeRow = InputRow | RoomRow;

interface Standing {
  seq: number;
  rev: number;
  micros: number;
}

/** Of the only message of a batch. */
export function storedAlone(one: Append, [seq, rev, moment]: AloneRow): Appended {
  return { message: stored(one, Number(seq), Number(rev), wireTime(moment)), duplicate: false };
}

/** Of a batch of which nothing was refused. */
export function allStored(batch: readonly Append[], rows: readonly StandingRow[]): Appended[] {
  return numbered(batch, new Map(rows.map(([id, seq, rev, micros]) => [id, standingOf({ seq, rev, micros })]))) as Appended[];
}

/** What became of each input. Those stored are the last of their room, in the order of the input, a microsecond apart. */
export function outcomesOf(batch: readonly Append[], rows: readonly OutcomeRow[], earlier: ReadonlyMap<string, Message>): Outcome[] {
  const refused = new Array<Outcome>(batch.length);
  const rooms = new Map<string, Standing>();
  for (const row of rows) {
    if (row.n === null) rooms.set(row.id, standingOf(row));
    else refused[row.n] = notStored(row, earlier.get(row.id ?? ''));
  }
  return numbered(batch, rooms, refused);
}

/** From the last of each room backwards. */
function numbered(batch: readonly Append[], rooms: ReadonlyMap<string, Standing>, outcomes = new Array<Outcome>(batch.length)): Outcome[] {
  for (let place = batch.length - 1; place >= 0; place -= 1) {
    const room = rooms.get(batch[place].roomId);
    if (outcomes[place] !== undefined || room === undefined) continue;
    outcomes[place] = { message: stored(batch[place], room.seq, room.rev, isoMicros(room.micros)), duplicate: false };
    room.seq -= 1;
    room.rev -= 1;
    room.micros -= 1;
  }
  return outcomes;
}

function standingOf({ seq, rev, micros }: Omit<RoomRow, 'n' | 'id'>): Standing {
  return { seq: Number(seq), rev: Number(rev), micros: Number(micros) };
}

function notStored({ verdict, same }: InputRow, earlier: Message | undefined): Outcome {
  if (verdict === 'room_held') return new Held('room');
  if (verdict === 'sender_held') return new Held('sender');
  if (verdict === 'invalid_reply') return invalidInput([fieldProblem('replyTo', 'too_large')]);
  if (verdict !== 'sent_before') return new Refusal(verdict);
  if (same !== true) return new Refusal('idempotency_conflict');
  return earlier === undefined ? notNow() : { message: earlier, duplicate: true };
}

function stored({ id, roomId, senderId, clientId, text, replyTo }: Append, seq: number, rev: number, createdAt: string): Message {
  return { id, roomId, seq, rev, senderId, clientId, text, replyTo, reactions: [], createdAt, editedAt: null, deletedAt: null };
}

/** 2026-11-20T16:28:12.123456Z, as `iso` of database/wire.ts writes it. */
function isoMicros(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -5);
  return `${seconds}.${String(micros % 1_000_000).padStart(6, '0')}Z`;
}
