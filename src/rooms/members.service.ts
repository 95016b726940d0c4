import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { isMoment } from '../contract/fields.js';
import { roles, type Member, type MemberPage, type MembersQuery, type Role, type Room } from '../contract/room.dto.js';
import { fromCursor, toCursor } from '../common/cursor.js';
import { foldForSearch } from '../common/fold.js';
import type { Me } from '../common/me.js';
import { RateLimits } from '../common/rate-limits.js';
import { fieldProblem, invalidInput, Refusal } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { UsersService } from '../users/users.service.js';
import { MembersRepository, type MemberPlace } from './members.repository.js';
import { lobbySlug, RoomsService } from './rooms.service.js';
import { RoomsRepository, type LockedRoom } from './rooms.repository.js';

const beginning = { rank: 0, joinedAt: '-infinity', userId: '00000000-0000-0000-0000-000000000000' };

@Injectable()
export class MembersService {
  constructor(
    private readonly repository: RoomsRepository,
    private readonly members: MembersRepository,
    private readonly rooms: RoomsService,
    private readonly users: UsersService,
    private readonly broadcast: Broadcaster,
    private readonly rates: RateLimits,
  ) {}

  async list(me: Me, ref: string, { query = '', cursor, limit = 50 }: MembersQuery): Promise<MemberPage> {
    const { room } = await this.rooms.get(me, ref, 'room:read');
    const wanted = { roomId: room.id, words: foldForSearch(query).trim() };
    const [rows, total] = await Promise.all([this.members.listAfter(wanted, cursor === undefined ? beginning : readPlace(cursor), limit + 1), this.members.count(wanted)]);
    const members = rows.slice(0, limit);
    const last = members.at(-1);
    const users = await this.users.getAll(members.map(({ userId }) => userId));
    return { members, users, total, nextCursor: rows.length > limit && last !== undefined ? toCursor([roles.indexOf(last.role) + 1, last.joinedAt, last.userId]) : null };
  }

  async join(me: Me, ref: string): Promise<Room> {
    const { room } = await this.rooms.get(me, ref, 'room:join');
    await this.rooms.enter(room.id, me.id, 'self');
    return room;
  }

  async leave(me: Me, ref: string): Promise<void> {
    const { room, me: membership } = await this.rooms.get(me, ref, 'room:see');
    if (room.slug === lobbySlug || room.kind === 'direct') throw new Refusal('not_for_this_room');
    if (membership !== null && membership.leftAt === null) await this.remove(room, me.id, 'left');
  }

  async add(me: Me, ref: string, userId: string): Promise<Member> {
    const { room } = await this.rooms.get(me, ref, 'member:add');
    await this.users.refuseUnknown('userId', [userId]);
    const before = await this.findMember(room.id, userId);
    const pardon = await this.mayPardon(me, room, before);
    const isPresent = before !== null && before.leftAt === null && before.bannedAt === null;
    if (!isPresent) await this.rates.demandAdding(me);
    await this.rooms.enter(room.id, userId, pardon ? 'pardoned' : 'added');
    return await this.getMember(room.id, userId);
  }

  /** Only those who may ban may let a banned person in again. */
  private async mayPardon(me: Me, room: Room, member: Member | null): Promise<boolean> {
    if (member === null || member.bannedAt === null) return false;
    await this.rooms.get(me, room.id, 'member:ban');
    return true;
  }

  async setRole(me: Me, ref: string, userId: string, role: Role): Promise<Member> {
    const { room } = await this.rooms.get(me, ref, 'member:promote');
    return await this.broadcast.during(room.id, async () => {
      const member = await this.repository.change(room.id, async (locked) => {
        const before = await this.presentMember(locked, userId);
        if (before.role === role) return { member: before, changed: false };
        if (before.role === 'owner') await this.refuseLastOwner(locked, userId);
        return { member: await this.members.setRole(locked, userId, role), changed: true };
      });
      if (member === null) throw new Refusal('not_found');
      if (member.changed) this.broadcast.toRoom('member_updated', { roomId: room.id, rev: member.member.rev, member: member.member });
      return member.member;
    });
  }

  /** Removes or bans somebody. Moderators cannot do it to owners or to each other. */
  async expel(me: Me, ref: string, userId: string, ban: boolean): Promise<void> {
    if (userId === me.id && !ban) return await this.leave(me, ref);
    const { room } = await this.rooms.get(me, ref, ban ? 'member:ban' : 'member:remove');
    const target = await this.findMember(room.id, userId);
    if (target === null && !ban) throw new Refusal('not_found');
    if (target !== null && target.role !== 'member' && target.leftAt === null) await this.rooms.get(me, room.id, 'member:promote');
    if (target === null) await this.users.get(userId);
    await this.remove(room, userId, ban ? 'banned' : 'removed');
  }

  private async remove(room: Room, userId: string, reason: 'left' | 'removed' | 'banned'): Promise<void> {
    await this.broadcast.during(room.id, async () => {
      const gone = await this.repository.change(room.id, async (locked) => {
        const before = await this.members.get(locked, userId);
        if (before === null) return reason === 'banned' ? await this.members.keepOut(locked, userId) : null;
        if (before.leftAt !== null && (reason !== 'banned' || before.bannedAt !== null)) return null;
        const needed = before.role === 'owner' && !(reason === 'left' && locked.room.archived); // There is nothing left to own.
        if (needed) await this.refuseLastOwner(locked, userId);
        return await this.members.leave(locked, userId, reason === 'banned');
      });
      if (gone === null) return;
      // First out, then told: the announcement may release later ones that waited for it, and those are no longer for whoever left.
      const expelled = this.broadcast.expel(userId, room.id, gone.rev);
      if (expelled) this.broadcast.toMoved(userId, gone.rev, 'room_removed', { roomId: room.id, reason });
      this.broadcast.toRoom('member_left', { roomId: room.id, rev: gone.rev, member: gone });
    });
  }

  roomIdsOf(userId: string): Promise<string[]> {
    return this.members.roomIdsOf(userId);
  }

  memberOf(userId: string, roomIds: readonly string[]): Promise<string[]> {
    return this.members.memberOf(userId, roomIds);
  }

  isMember(roomId: string, userId: string): Promise<boolean> {
    return this.members.isMember(roomId, userId);
  }

  partnersOf(userIds: readonly string[]): Promise<Map<string, string[]>> {
    return this.members.partnersOf(userIds);
  }

  private async refuseLastOwner(locked: LockedRoom, userId: string): Promise<void> {
    if ((await this.members.otherOwners(locked, userId)) === 0) throw new Refusal('last_owner');
  }

  private async presentMember(locked: LockedRoom, userId: string): Promise<Member> {
    const member = await this.members.get(locked, userId);
    if (member === null || member.leftAt !== null) throw new Refusal('not_found');
    return member;
  }

  private async findMember(roomId: string, userId: string): Promise<Member | null> {
    return await this.repository.change(roomId, (locked) => this.members.get(locked, userId));
  }

  private async getMember(roomId: string, userId: string): Promise<Member> {
    const member = await this.findMember(roomId, userId);
    if (member === null) throw new Refusal('not_found');
    return member;
  }
}

function readPlace(cursor: string): MemberPlace {
  const [rank, joinedAt, userId] = fromCursor(cursor, ['number', 'string', 'string']);
  const fits = Number.isInteger(rank) && Math.abs(rank) < 100 && isMoment(joinedAt) && isUUID(userId);
  if (!fits) throw invalidInput([fieldProblem('cursor', 'bad_format')]);
  return { rank, joinedAt, userId };
}
