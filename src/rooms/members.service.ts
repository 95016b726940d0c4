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

const beginning = { rank: 0, joinedAt: '-infinity', userId: '00000000-0000-0000-0000-000000000000' };

@Injectable()
export class MembersService {
  constructor(
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
    const before = await this.members.get(room.id, userId);
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
      const change = await this.members.setRole(room.id, userId, role);
      if (change === null) throw new Refusal('not_found');
      if (change.verdict !== null && change.verdict !== 'unchanged') throw new Refusal(change.verdict);
      const { before, after } = change;
      if (after !== null) this.broadcast.toRoom('member_updated', { roomId: room.id, rev: after.rev, member: after });
      return (after ?? before) as Member;
    });
  }

  /** Removes or bans somebody. Moderators cannot do it to owners or to each other. */
  async expel(me: Me, ref: string, userId: string, ban: boolean): Promise<void> {
    if (userId === me.id && !ban) return await this.leave(me, ref);
    const { room } = await this.rooms.get(me, ref, ban ? 'member:ban' : 'member:remove');
    const target = await this.members.get(room.id, userId);
    if (target === null && !ban) throw new Refusal('not_found');
    if (target !== null && target.role !== 'member' && target.leftAt === null) await this.rooms.get(me, room.id, 'member:promote');
    if (target === null) await this.users.get(userId);
    await this.remove(room, userId, ban ? 'banned' : 'removed');
  }

  private async remove(room: Room, userId: string, reason: 'left' | 'removed' | 'banned'): Promise<void> {
    await this.broadcast.during(room.id, async () => {
      const change = await this.members.leave(room.id, userId, reason);
      if (change !== null && change.verdict !== null && change.verdict !== 'unchanged') throw new Refusal(change.verdict);
      const gone = change?.after ?? null;
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

  private async getMember(roomId: string, userId: string): Promise<Member> {
    const member = await this.members.get(roomId, userId);
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
