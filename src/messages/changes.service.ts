import { Injectable } from '@nestjs/common';
import type { EditDto, Message } from '../contract/message.dto.js';
import type { Me } from '../common/me.js';
import { Refusal } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import type { Action } from '../rooms/room-access.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { ChangesRepository, type LockedMessage } from './changes.repository.js';

const differentReactions = 20;

/** What happens to a message after it was sent. */
@Injectable()
export class ChangesService {
  constructor(private readonly changes: ChangesRepository, private readonly rooms: RoomsService, private readonly broadcast: Broadcaster) {}

  async get(me: Me, id: string): Promise<Message> {
    return await this.find(me, id, 'room:read');
  }

  async edit(me: Me, id: string, { text, expectedRev }: EditDto): Promise<Message> {
    const message = await this.find(me, id, 'message:send');
    if (message.senderId !== me.id) throw new Refusal('forbidden', { detail: 'Only its sender may edit a message' });
    return await this.change(me, message, 'message:send', (locked) => {
      refuseDeleted(locked);
      if (expectedRev !== undefined && locked.message.rev !== expectedRev) throw new Refusal('stale_rev');
      return locked.message.text === text ? Promise.resolve(null) : this.changes.edit(locked, text);
    });
  }

  /** Deleting what is deleted changes nothing. */
  async delete(me: Me, id: string): Promise<Message> {
    const message = await this.find(me, id, 'room:read');
    const action = message.senderId === me.id ? 'message:send' : 'message:delete-any';
    await this.rooms.get(me, message.roomId, action);
    if (message.deletedAt !== null) return message;
    return await this.change(me, message, action, (locked) => (locked.message.deletedAt === null ? this.changes.bury(locked) : Promise.resolve(null)));
  }

  async react(me: Me, id: string, emoji: string): Promise<Message> {
    const message = await this.find(me, id, 'message:send');
    return await this.change(me, message, 'message:send', (locked) => {
      refuseDeleted(locked);
      const { reactions } = locked.message;
      const another = !reactions.some((reaction) => reaction.emoji === emoji);
      if (another && reactions.length >= differentReactions) throw new Refusal('too_many_reactions');
      return this.changes.react(locked, me.id, emoji);
    });
  }

  async unreact(me: Me, id: string, emoji: string): Promise<Message> {
    const message = await this.find(me, id, 'message:send');
    return await this.change(me, message, 'message:send', (locked) => {
      refuseDeleted(locked);
      return this.changes.unreact(locked, me.id, emoji);
    });
  }

  private async find(me: Me, id: string, action: Action): Promise<Message> {
    const message = await this.changes.find(id);
    if (message === null) throw new Refusal('not_found');
    await this.rooms.get(me, message.roomId, action);
    return message;
  }

  /** Work that returns null found nothing to do: then there is nothing to announce either. Whether I still may is looked at again under the lock. */
  private async change(me: Me, message: Message, action: Action, work: (locked: LockedMessage) => Promise<Message | null>): Promise<Message> {
    return await this.broadcast.during(message.roomId, async () => {
      const outcome = await this.changes.change(message, me.id, async (locked) => {
        const wardens = action === 'message:delete-any' && me.role === 'admin';
        return locked.welcome || wardens ? { before: locked.message, after: await work(locked) } : 'unwelcome';
      });
      if (outcome === 'unwelcome') await this.rooms.get(me, message.roomId, action);
      if (outcome === null || outcome === 'unwelcome') throw new Refusal('not_found');
      if (outcome.after !== null) this.broadcast.toRoom('message_updated', outcome.after);
      return outcome.after ?? outcome.before;
    });
  }
}

function refuseDeleted({ message }: LockedMessage): void {
  if (message.deletedAt !== null) throw new Refusal('message_deleted');
}
