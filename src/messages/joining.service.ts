import { Injectable } from '@nestjs/common';
import type { JoinedRoom } from '../contract/room.dto.js';
import type { Me } from '../common/me.js';
import { MembersService } from '../rooms/members.service.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { MessagesService } from './messages.service.js';

const shownMembers = 200;

/** Coming into a room and seeing what was said before. */
@Injectable()
export class JoiningService {
  constructor(private readonly rooms: RoomsService, private readonly members: MembersService, private readonly messages: MessagesService) {}

  /** Makes me a member. `hear` is called once I am one and before anything is read: what is said from then on reaches me live. */
  async join(me: Me, ref: string, limit: number, hear: (roomId: string) => Promise<void> = () => Promise.resolve()): Promise<JoinedRoom> {
    const { id } = await this.members.join(me, ref);
    await hear(id);
    const [{ room }, page, { members }] = await Promise.all([
      this.rooms.get(me, id, 'room:read'),
      this.messages.page(me, id, { limit }),
      this.members.page(id, undefined, shownMembers),
    ]);
    return { room, messages: page.messages, position: room.position, members, hasMore: page.hasMoreBefore };
  }
}
