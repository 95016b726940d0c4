import { Injectable } from '@nestjs/common';
import type { Member, Room } from '../contract/room.dto.js';
import { Refusal } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { MembersRepository, type MemberChange, type Place } from './members.repository.js';
import { roomRef } from './room-ref.js';
import { RoomsRepository } from './rooms.repository.js';

/** What became of a room that somebody left for good. */
interface Departure {
  gone: Member;
  heir: Member | null;
  archived: Room | null;
}

const erasedName = 'Deleted room';

/** What operators do to rooms. */
@Injectable()
export class RoomUpkeepService {
  constructor(private readonly rooms: RoomsRepository, private readonly members: MembersRepository, private readonly broadcast: Broadcaster) {}

  async idOf(ref: string): Promise<string> {
    const [id, ...others] = await this.rooms.idsOf(roomRef(ref));
    if (id === undefined) throw new Refusal('not_found', { detail: `There is no room "${ref}"` });
    if (others.length > 0) throw new Refusal('not_found', { detail: `Several rooms are called "${ref}", give an id: ${[id, ...others].join(', ')}` });
    return id;
  }

  /** Begins a new timeline: one room's, or everybody's. */
  newEpoch(roomId: string | null): Promise<number> {
    return this.rooms.newEpoch(roomId);
  }

  placesOf(userId: string): Promise<Place[]> {
    return this.members.placesOf(userId);
  }

  /** Out of every room, the lobby and private chats too. A room whose last owner goes gets another one; where nobody can follow it is archived. */
  async departFromAll(userId: string): Promise<{ left: number; inherited: number; archived: number }> {
    const departures: Departure[] = [];
    for (const roomId of await this.members.roomIdsOf(userId)) {
      const departure = await this.broadcast.during(roomId, () => this.depart(roomId, userId));
      if (departure !== null) departures.push(departure);
    }
    const many = (what: (departure: Departure) => unknown): number => departures.filter((departure) => what(departure) !== null).length;
    return { left: departures.length, inherited: many(({ heir }) => heir), archived: many(({ archived }) => archived) };
  }

  /** Name, topic and slug of rooms in which no other person ever was or wrote: nobody but the erased person knows them. Returns how many there were. */
  async forgetRoomsAlone(userId: string): Promise<number> {
    const roomIds = await this.members.roomIdsAlone(userId, erasedName);
    for (const roomId of roomIds) {
      await this.broadcast.during(roomId, async () => {
        const room = await this.rooms.update(roomId, { name: erasedName, topic: '', slug: null, searchText: '', archived: true });
        if (room !== null) this.broadcast.toRoom('room_updated', { roomId, rev: room.position.rev, room });
      });
    }
    return roomIds.length;
  }

  /** Each step is a change of its own: after any of them the room is in order. */
  private async depart(roomId: string, userId: string): Promise<Departure | null> {
    const { heir, change } = await this.leaveToHeir(roomId, userId);
    if (change === null || change.after === null || change.room === null) return null;
    const { kind, archivedAt } = change.room;
    const deserted = kind === 'direct' || (kind === 'private' && (await this.members.heir(roomId, userId)) === null);
    const departure = { heir, gone: change.after, archived: deserted && archivedAt === null ? await this.archive(roomId) : null };
    this.tell(roomId, departure);
    return departure;
  }

  /** The last owner leaves when another one is named, or when nobody can be. */
  private async leaveToHeir(roomId: string, userId: string): Promise<{ heir: Member | null; change: MemberChange | null }> {
    let heir: Member | null = null;
    for (;;) {
      const change = await this.members.leave(roomId, userId, 'removed');
      if (change?.verdict !== 'last_owner') return { heir, change };
      const successor = await this.members.heir(roomId, userId);
      if (successor === null) return { heir, change: await this.members.leave(roomId, userId, 'erased') };
      heir = (await this.members.setRole(roomId, successor, 'owner'))?.after ?? null;
    }
  }

  private archive(roomId: string): Promise<Room | null> {
    return this.rooms.update(roomId, { archived: true });
  }

  private tell(roomId: string, { heir, gone, archived }: Departure): void {
    if (heir !== null) this.broadcast.toRoom('member_updated', { roomId, rev: heir.rev, member: heir });
    this.broadcast.expel(gone.userId, roomId, gone.rev);
    this.broadcast.toRoom('member_left', { roomId, rev: gone.rev, member: gone });
    if (archived !== null) this.broadcast.toRoom('room_updated', { roomId, rev: archived.position.rev, room: archived });
  }
}
