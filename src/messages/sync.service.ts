import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { FetchedMessages, FetchMessagesDto } from '../contract/socket.dto.js';
import type { Have, RoomChanges, SyncDto, SyncReply } from '../contract/sync.dto.js';
import { mostUserIds, type User } from '../contract/user.dto.js';
import type { Me } from '../common/me.js';
import { fieldProblem, invalidInput } from '../common/refusal.js';
import type { FieldProblem } from '../contract/problem.dto.js';
import { MessagesService } from './messages.service.js';
import { UsersService } from '../users/users.service.js';
import { placeAfter, placeWithin, readPlace, startOf } from './sync-cursor.js';
import { SyncRepository, type ChangedRooms } from './sync.repository.js';

const mostRooms = 1000;
/** The rooms of a page may take 900 KB of 1 MB. */
const mostBytesOfUsers = 60_000;
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

@Injectable()
export class SyncService {
  constructor(private readonly changes: SyncRepository, private readonly messages: MessagesService, private readonly users: UsersService) {}

  /** One page. Rooms come in the order of their ids, so that none is left out however many come and go between two pages. */
  async sync(me: Me, { rooms = {}, cursor, until, only, limit = 200 }: SyncDto): Promise<SyncReply> {
    const place = readPlace(cursor);
    const after = startOf(place);
    if (only !== undefined && until !== undefined) throw invalidInput([fieldProblem('until', 'not_allowed')]);
    const have = new Map([...readHave(rooms)].filter(([roomId]) => roomId > after && roomId <= (until ?? lastId)));
    if (place.within !== null) have.set(place.roomId, place.within);

    const page = await this.changes.changedAfter(me.id, have, { after, until: until ?? lastId, only, limit });
    const { end, nextCursor } = endOf(page, until);
    const mine = new Set(page.rooms.map(({ room }) => room.id));
    const left = (only ?? [...have.keys()]).filter((roomId) => roomId > after && roomId <= end && !mine.has(roomId));
    return { rooms: page.rooms, left, users: await this.people(me, page.rooms), nextCursor };
  }

  /** Of rooms with something new. Partners come first: without them a private chat has no title. */
  private async people(me: Me, all: readonly RoomChanges[]): Promise<User[]> {
    const rooms = all.filter(({ reset, messages }) => reset !== undefined || messages.length > 0);
    const partners = rooms.flatMap(({ room }) => room.userIds ?? []).filter((userId) => userId !== me.id);
    const last = rooms.flatMap(({ lastMessage }) => lastMessage?.senderId ?? []);
    const authors = rooms.flatMap(({ messages }) => messages.map(({ senderId }) => senderId));
    const ids = [...new Set([...partners, ...last, ...authors])].slice(0, mostUserIds);
    return ids.length === 0 ? [] : firstOf(await this.users.getAll(ids), mostBytesOfUsers);
  }

  /** The socket command of old: back in time, fifteen at a time. */
  async fetch(me: Me, { roomId, timestamp, before, limit = 15 }: FetchMessagesDto): Promise<FetchedMessages> {
    const page = await this.messages.page(me, roomId, { limit, ...(before === undefined ? { beforeTime: readMoment(timestamp) } : { before }) });
    return { messages: page.messages, hasMore: page.hasMoreBefore, nextTimestamp: page.hasMoreBefore ? (page.messages[0]?.createdAt ?? null) : null };
  }
}

function firstOf(users: readonly User[], bytes: number): User[] {
  let left = bytes;
  return users.filter((user) => (left -= Buffer.byteLength(JSON.stringify(user))) >= 0);
}

/** The last room that a page covers, and where the next one begins. */
function endOf({ rooms, more }: ChangedRooms, until: string | undefined): { end: string; nextCursor: string | null } {
  const last = rooms.at(-1);
  if (last?.hasMore === true) return { end: last.room.id, nextCursor: placeWithin(last) };
  if (last !== undefined && more) return { end: last.room.id, nextCursor: placeAfter(last.room.id) };
  return { end: until ?? lastId, nextCursor: until === undefined ? null : placeAfter(until) };
}

/** 0, now and later mean the newest page. */
function readMoment(timestamp: number | string | undefined): string | undefined {
  if (timestamp === undefined || timestamp === 0) return undefined;
  if (typeof timestamp === 'string') return Date.parse(timestamp) === 0 ? undefined : timestamp;
  return timestamp >= Date.now() ? undefined : new Date(timestamp).toISOString();
}

/** A map from ids cannot be described to the validator, so it is checked here: as strictly, and with the same codes. */
function readHave(rooms: Record<string, Have>): Map<string, Have> {
  const problems: FieldProblem[] = [];
  const entries = Object.entries(rooms);
  if (entries.length > mostRooms) throw invalidInput([fieldProblem('rooms', 'too_long')]);
  for (const [roomId, have] of entries) {
    const { epoch, rev, ...more } = (have ?? {}) as Partial<Have>;
    if (!isUUID(roomId)) problems.push(fieldProblem(`rooms.${roomId}`, 'bad_format'));
    if (!isUUID(epoch)) problems.push(fieldProblem(`rooms.${roomId}.epoch`, epoch === undefined ? 'required' : 'bad_format'));
    if (!Number.isSafeInteger(rev) || Number(rev) < 0) problems.push(fieldProblem(`rooms.${roomId}.rev`, rev === undefined ? 'required' : 'wrong_type'));
    if (Object.keys(more).length > 0) problems.push(fieldProblem(`rooms.${roomId}.${Object.keys(more)[0] ?? ''}`, 'unknown_field'));
  }
  if (problems.length > 0) throw invalidInput(problems.slice(0, 20));
  return new Map(entries);
}
