import { Injectable } from '@nestjs/common';
import type { Member, Room } from '../contract/room.dto.js';
import { Refusal } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { MembersRepository, type Place } from './members.repository.js';
import { RoomsRepository, type LockedRoom } from './rooms.repository.js';
import { roomRef } from './rooms.service.js';

/** What became of a room that somebody left for good. */
interface Departure {
  gone: Member;
  heir: Member | null;
  archived: Room | null;
}

const nobody = '00000000-0000-0000-0000-000000000000';

/** What operators do to rooms. */
@Injectable()
export class RoomUpkeepService {
  constructor(private readonly rooms: RoomsRepository, private readonly members: MembersRepository, private readonly broadcast: Broadcaster) {}

  async idOf(ref: string): Promise<string> {
    const found = await this.rooms.find(roomRef(ref), nobody);
    if (found === null) throw new Refusal('not_found', { detail: `There is no room "${ref}"` });
    return found.room.id;
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

  private async depart(roomId: string, userId: string): Promise<Departure | null> {
    const departure = await this.rooms.change(roomId, async (locked): Promise<Departure | null> => {
      const member = await this.members.get(locked, userId);
      if (member === null || member.leftAt !== null) return null;
      const successor = await this.members.heir(locked, userId);
      const orphaned = member.role === 'owner' && (await this.members.otherOwners(locked, userId)) === 0;
      const heir = orphaned && successor !== null ? await this.members.setRole(locked, successor, 'owner') : null;
      const gone = await this.members.leave(locked, userId, false);
      const deserted = locked.room.kind === 'direct' || (locked.room.kind === 'private' && successor === null);
      return { heir, gone, archived: deserted && !locked.room.archived ? await this.archive(locked) : null };
    });
    if (departure !== null) this.tell(roomId, departure);
    return departure;
  }

  private async archive(locked: LockedRoom): Promise<Room> {
    await locked.nextRev();
    await this.rooms.update(locked, { name: null, topic: null, slug: undefined, archive: true, searchText: '' });
    return await this.rooms.read(locked);
  }

  private tell(roomId: string, { heir, gone, archived }: Departure): void {
    if (heir !== null) this.broadcast.toRoom('member_updated', { roomId, rev: heir.rev, member: heir });
    this.broadcast.expel(gone.userId, roomId, gone.rev);
    this.broadcast.toRoom('member_left', { roomId, rev: gone.rev, member: gone });
    if (archived !== null) this.broadcast.toRoom('room_updated', { roomId, rev: archived.position.rev, room: archived });
  }
}
