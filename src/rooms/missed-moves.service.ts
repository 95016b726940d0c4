import { Injectable } from '@nestjs/common';
import { Broadcaster } from '../realtime/broadcaster.js';
import { MembersRepository, type Move } from './members.repository.js';
import { RoomsRepository } from './rooms.repository.js';

/** Members who came or went through another node that could not tell us: their sockets here still hear the wrong rooms. */
@Injectable()
export class MissedMoves {
  constructor(private readonly members: MembersRepository, private readonly rooms: RoomsRepository, private readonly broadcast: Broadcaster) {}

  /** Does what was missed in the last seconds, for those who are connected here. */
  async makeUp(seconds: number): Promise<void> {
    const here = new Set(this.broadcast.here.sessions().values());
    if (here.size === 0) return;
    for (const move of await this.members.movedWithin(seconds)) {
      if (!here.has(move.userId) || this.broadcast.here.knows(move.userId, move.roomId, move.rev)) continue;
      if (!move.isIn) this.expel(move);
      else if (!this.broadcast.here.hears(move.userId, move.roomId)) await this.enter(move);
    }
  }

  private async enter({ userId, roomId, rev }: Move): Promise<void> {
    const mine = await this.rooms.myRoom(roomId, userId);
    if (mine === null || !this.broadcast.here.enter(userId, roomId, rev)) return;
    this.broadcast.here.toUsers([userId], 'room_added', { roomId, room: mine.room, membership: mine.membership });
  }

  private expel({ userId, roomId, rev, banned }: Move): void {
    if (this.broadcast.here.expel(userId, roomId, rev)) this.broadcast.here.toUsers([userId], 'room_removed', { roomId, reason: banned ? 'banned' : 'removed' });
  }
}
