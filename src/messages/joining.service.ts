import { Injectable } from '@nestjs/common';
import type { JoinedRoom } from '../contract/room.dto.js';
import type { Me } from '../common/me.js';
import { Refusal } from '../common/refusal.js';
import { MembersService } from '../rooms/members.service.js';
import { roomRef } from '../rooms/room-ref.js';
import { UsersService } from '../users/users.service.js';
import { SyncRepository } from './sync.repository.js';

/** How many messages and members whoever comes in is shown. */
export interface Shown {
  messages: number;
  members: number;
}

/** Coming into a room and seeing what was said before. */
@Injectable()
export class JoiningService {
  constructor(private readonly members: MembersService, private readonly changes: SyncRepository, private readonly users: UsersService) {}

  /** Makes me a member, if I am not, for whoever has no socket that must hear the room first. A member costs one statement. */
  async openOrJoin(me: Me, ref: string, shown: Shown): Promise<JoinedRoom> {
    return (await this.open(me, ref, shown)) ?? (await this.join(me, ref, shown));
  }

  /** Makes me a member. `hear` is called once I am one and before anything is read: what is said from then on reaches me live. */
  async join(me: Me, ref: string, shown: Shown, hear: (roomId: string) => Promise<void> = () => Promise.resolve()): Promise<JoinedRoom> {
    const { id } = await this.members.join(me, ref);
    await hear(id);
    const opening = await this.open(me, id, shown);
    if (opening === null) throw new Refusal('not_a_member');
    return opening;
  }

  /** What whoever comes in is shown, if I am in already and the room is open to newcomers. */
  async open(me: Me, ref: string, shown: Shown): Promise<JoinedRoom | null> {
    const opening = await this.changes.opening(me.id, roomRef(ref), shown);
    if (opening === null) return null;
    const { profiles, ...opened } = opening;
    return { ...opened, position: opened.room.position, users: profiles.map((profile) => this.users.withPresence(profile)) };
  }
}
