import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { isMoment, isOneLine, tidied } from '../contract/fields.js';
import type { ReadState, UnreadQuery, UnreadTotals } from '../contract/read.dto.js';
import type {
  CreateRoomDto, Member, MyRoom, MyRooms, MyRoomsQuery, PublicRoomPage, PublicRoomsQuery, Room, UpdateRoomDto,
} from '../contract/room.dto.js';
import type { User } from '../contract/user.dto.js';
import { fromCursor, toCursor } from '../common/cursor.js';
import { foldForSearch } from '../common/fold.js';
import { newId } from '../common/ids.js';
import type { Me } from '../common/me.js';
import { RateLimits } from '../common/rate-limits.js';
import { fieldProblem, invalidInput, Refusal } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { UsersService } from '../users/users.service.js';
import { MembersRepository } from './members.repository.js';
import { refuseUnlessAllowed, standingOf, type Action } from './room-access.js';
import { directKeyOf, roomRef, searchText, slugOf } from './room-ref.js';
import { isTaken, RoomsRepository, type KnownRev, type LatestPlace, type RoomChange, type RoomHead, type RoomWithMe } from './rooms.repository.js';

export const lobbySlug = 'lobby';
/** Read markers go to the other members only in rooms up to this size: otherwise pushes would grow with the square of a room. */
const sharedMarkers = 50;
/** How many users who missed the lobby enter it in one transaction. */
const strayBatch = 500;
/** Of an answer, in UTF-16 units: bytes may be twice as many, and stay below 1 MB. */
const mostBytes = 450_000;
const nobody = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class RoomsService implements OnApplicationBootstrap {
  private lobby: Promise<string> | undefined;

  constructor(
    private readonly rooms: RoomsRepository,
    private readonly members: MembersRepository,
    private readonly users: UsersService,
    private readonly broadcast: Broadcaster,
    private readonly rates: RateLimits,
  ) {
    users.whenCreated((userId) => this.enterLobby(userId));
    users.whenChanged((user) => this.announce(user));
  }

  /** Everybody is in the lobby, those too whose registration was cut short. */
  async onApplicationBootstrap(): Promise<void> {
    const lobbyId = await this.lobbyId();
    while ((await this.enterStrays(lobbyId)) === strayBatch);
  }

  private async enterStrays(lobbyId: string): Promise<number> {
    return await this.broadcast.during(lobbyId, async () => {
      const entered = await this.rooms.change(lobbyId, async (locked) => {
        const members = await this.members.enterStrays(locked, strayBatch);
        return { members, room: await this.rooms.read(locked) };
      });
      for (const member of entered?.members ?? []) this.announceEntry(entered?.room as Room, member);
      return entered?.members.length ?? 0;
    });
  }

  lobbyId(): Promise<string> {
    this.lobby ??= this.makeLobby().catch((error: unknown) => { this.lobby = undefined; throw error; });
    return this.lobby;
  }

  private async makeLobby(): Promise<string> {
    await this.rooms.create(this.blank({ kind: 'public', slug: lobbySlug, name: 'Lobby', topic: 'Everybody is here' }));
    const found = await this.rooms.find({ slug: lobbySlug }, nobody);
    return (found as RoomWithMe).room.id;
  }

  private async enterLobby(userId: string): Promise<void> {
    await this.enter(await this.lobbyId(), userId, 'added');
  }

  /** Everybody hears the lobby. */
  private async announce(user: User): Promise<void> {
    this.broadcast.passing(await this.lobbyId(), 'user_updated', user);
  }

  /** The room, if I may do this in it. */
  async get(me: Me, ref: string, action: Action): Promise<RoomWithMe> {
    const found = await this.find(me, ref);
    if (found === null) throw new Refusal('not_found');
    const { room, me: membership } = found;
    const past = membership && { role: membership.role, left: membership.leftAt !== null, banned: membership.bannedAt !== null };
    refuseUnlessAllowed({ kind: room.kind, archived: room.archivedAt !== null, standing: standingOf(past, room.kind, me.role) }, action);
    return found;
  }

  private async find(me: Me, ref: string): Promise<RoomWithMe | null> {
    return await this.rooms.find(roomRef(ref), me.id);
  }

  async create(me: Me, body: CreateRoomDto): Promise<Room> {
    const others = (body.memberIds ?? []).filter((id) => id !== me.id);
    await this.users.refuseUnknown('memberIds', others);
    await this.rates.demandRoom(me, others.length);
    const members = [{ userId: me.id, role: 'owner' as const }, ...others.map((userId) => ({ userId, role: 'member' as const }))];
    const room = await this.rooms.create({ ...this.blank({ kind: body.kind, slug: body.slug ?? null, name: body.name, topic: body.topic ?? '' }), members });
    if (room === null) throw new Refusal('slug_taken');
    await this.welcome(room, members.map(({ userId }) => userId));
    return room;
  }

  /** The room of this name, made by me if there is none. */
  async getOrCreate(me: Me, name: string): Promise<void> {
    if (isUUID(name) || (await this.find(me, name)) !== null) return;
    if (slugOf(name) === '') throw invalidInput([fieldProblem('room', 'bad_format')]);
    if (!isOneLine(name)) throw invalidInput([fieldProblem('room', 'bad_characters')]);
    await this.rates.demandRoom(me, 0);
    const members = [{ userId: me.id, role: 'owner' as const }];
    const room = await this.rooms.create({ ...this.blank({ kind: 'public', slug: slugOf(name), name: tidied(name), topic: '' }), members });
    if (room !== null) await this.welcome(room, [me.id]);
  }

  async findDirect(me: Me, userId: string): Promise<Room | null> {
    const found = await this.rooms.find({ directKey: directKeyOf(me.id, userId) }, me.id);
    if (found === null) await this.users.get(userId);
    return found?.room ?? null;
  }

  async isDirectWith(roomId: string, userId: string): Promise<boolean> {
    const found = await this.rooms.find({ id: roomId }, userId);
    return found?.room.kind === 'direct' && found.me !== null;
  }

  /** The private chat of us two, made once however many ask at the same time. */
  async direct(me: Me, userId: string): Promise<{ room: MyRoom; created: boolean }> {
    if (userId === me.id) throw invalidInput([fieldProblem('userId', 'not_allowed')]);
    const directKey = directKeyOf(me.id, userId);
    const found = await this.rooms.find({ directKey }, me.id);
    if (found !== null) return { room: await this.mine(me, found.room.id), created: false };
    await this.users.get(userId);
    await this.rates.demandRoom(me, 1);
    const members = [me.id, userId].map((id) => ({ userId: id, role: 'member' as const }));
    const made = await this.rooms.create({ ...this.blank({ kind: 'direct', slug: null, name: '', topic: '' }), directKey, members });
    if (made === null) return await this.direct(me, userId);
    await this.welcome(made, [me.id, userId]);
    return { room: await this.mine(me, made.id), created: true };
  }

  private blank(room: Pick<Room, 'kind' | 'slug' | 'name' | 'topic'>) {
    return { ...room, id: newId(), epoch: newId(), searchText: searchText(room), directKey: null, members: [] };
  }

  private async welcome(room: Room, userIds: string[]): Promise<void> {
    const entered = userIds.filter((userId, i) => this.broadcast.enter(userId, room.id, i + 1)); // As the repository numbers them.
    for (const userId of entered) {
      const mine = await this.rooms.myRoom(room.id, userId);
      if (mine !== null) this.broadcast.toMoved(userId, mine.membership.rev, 'room_added', { roomId: room.id, room: mine.room, membership: mine.membership });
    }
  }

  /** Makes somebody a member; nothing happens when they are one. What allowed it is looked at again under the lock. */
  async enter(roomId: string, userId: string, way: 'self' | 'added' | 'pardoned'): Promise<void> {
    await this.broadcast.during(roomId, async () => {
      const done = await this.members.enter(roomId, userId, way);
      if (done === null || done.verdict === 'unchanged') return;
      if (done.verdict !== null) throw new Refusal(done.verdict);
      if (done.room !== null && done.after !== null) this.announceEntry(done.room, done.after);
    });
  }

  private announceEntry(room: Room, member: Member): void {
    const entered = this.broadcast.enter(member.userId, room.id, member.rev);
    if (entered) this.broadcast.toMoved(member.userId, member.rev, 'room_added', { roomId: room.id, room, membership: member });
    this.broadcast.toRoom('member_joined', { roomId: room.id, rev: member.rev, member });
  }

  async list(me: Me, { cursor, limit = 200 }: MyRoomsQuery): Promise<MyRooms> {
    const rows = await this.rooms.mineAfter(me.id, cursor === undefined ? null : readLatest(cursor), limit + 1);
    const fitting = countFitting(rows.map((row) => row.length), mostBytes);
    const rooms = rows.slice(0, Math.min(limit, fitting)).map((row) => JSON.parse(row) as MyRoom);
    const last = rooms.at(-1)?.room;
    const nextCursor = last === undefined || rooms.length === rows.length ? null : toCursor([last.lastMessageAt ?? last.createdAt, last.id]);
    return { rooms, nextCursor };
  }

  async mine(me: Me, roomId: string): Promise<MyRoom> {
    const mine = await this.rooms.myRoom(roomId, me.id);
    if (mine === null) throw new Refusal('not_found');
    return mine;
  }

  async listPublic(me: Me, { query, cursor, limit = 50 }: PublicRoomsQuery): Promise<PublicRoomPage> {
    const [name, id] = cursor === undefined ? ['', nobody] : fromCursor(cursor, ['string', 'string']);
    if (!isUUID(id) && id !== nobody) throw invalidInput([fieldProblem('cursor', 'bad_format')]);
    const rows = await this.rooms.publicAfter(foldForSearch(query ?? '').trim(), { name, id }, { userId: me.id, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1)?.room;
    return { rooms: page, nextCursor: rows.length > limit && last !== undefined ? toCursor([last.name, last.id]) : null };
  }

  async update(me: Me, ref: string, body: UpdateRoomDto): Promise<Room> {
    const { room } = await this.get(me, ref, 'room:update');
    if (room.slug === lobbySlug && body.slug !== undefined && body.slug !== lobbySlug) throw new Refusal('not_for_this_room');
    const { name = room.name, topic = room.topic, slug = room.slug } = body;
    if (typeof body.slug === 'string' && (await this.rooms.isSlugSeen(room.id, body.slug, me.id))) throw new Refusal('slug_taken');
    return await this.write(room.id, { ...body, searchText: searchText({ name, topic, slug }) });
  }

  async archive(me: Me, ref: string): Promise<void> {
    const { room } = await this.get(me, ref, 'room:archive');
    if (room.slug === lobbySlug) throw new Refusal('not_for_this_room');
    if (room.archivedAt === null) await this.write(room.id, { archived: true });
  }

  async unarchive(me: Me, ref: string): Promise<Room> {
    const { room } = await this.get(me, ref, 'room:archive');
    return room.archivedAt === null ? room : await this.write(room.id, { archived: false });
  }

  private async write(roomId: string, change: RoomChange): Promise<Room> {
    return await this.broadcast.during(roomId, async () => {
      const updated = await this.rooms.update(roomId, change)
        .catch((error: unknown) => { throw isTaken(error, 'rooms_slug_unique') ? new Refusal('slug_taken') : error; });
      if (updated === null) throw new Refusal('not_found');
      this.broadcast.toRoom('room_updated', { roomId, rev: updated.position.rev, room: updated });
      return updated;
    });
  }

  async markRead(me: Me, ref: string, seq: number): Promise<ReadState> {
    const { room } = await this.get(me, ref, 'room:read');
    const state = await this.rooms.markRead(room.id, me.id, seq);
    if (state === null) throw new Refusal('not_a_member');
    const { moved, ...read } = state;
    if (moved) await this.tellRead(room.id, me.id, read.readSeq);
    return read;
  }

  private async tellRead(roomId: string, userId: string, readSeq: number): Promise<void> {
    const small = (await this.members.countUpTo(roomId, sharedMarkers + 1)) <= sharedMarkers;
    if (small) this.broadcast.passing(roomId, 'read', { roomId, userId, readSeq }, [userId]);
    else this.broadcast.toUsers([userId], 'read', { roomId, userId, readSeq });
  }

  async unread(me: Me, { verify, cursor, limit = 1000 }: UnreadQuery): Promise<UnreadTotals> {
    const [after] = cursor === undefined ? [nobody] : fromCursor(cursor, ['string']);
    if (!isUUID(after) && after !== nobody) throw invalidInput([fieldProblem('cursor', 'bad_format')]);
    const { total, rooms } = await this.rooms.unread(me.id, verify === 'true', { after, limit: limit + 1 });
    const page = rooms.slice(0, limit);
    const last = page.at(-1);
    return { total, rooms: page, nextCursor: last === undefined || page.length === rooms.length ? null : toCursor([last.roomId]) };
  }

  changedHeads(known: readonly KnownRev[]): Promise<Map<string, RoomHead>> {
    return this.rooms.changedHeads(known);
  }
}

/** How many of these together stay below a limit; at least one. */
function countFitting(sizes: readonly number[], most: number): number {
  let sum = 0;
  const tooMuch = sizes.findIndex((size, i) => (sum += size) > most && i > 0);
  return tooMuch === -1 ? sizes.length : tooMuch;
}

function readLatest(cursor: string): LatestPlace {
  const [at, id] = fromCursor(cursor, ['string', 'string']);
  if (!isMoment(at) || !isUUID(id)) throw invalidInput([fieldProblem('cursor', 'bad_format')]);
  return { at, id };
}
