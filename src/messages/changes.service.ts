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
    const { roomId, senderId } = await this.find(me, id, 'message:send');
    if (senderId !== me.id) throw new Refusal('forbidden', { detail: 'Only its sender may edit a message' });
    return await this.change(roomId, id, (locked) => {
      refuseDeleted(locked);
      if (expectedRev !== undefined && locked.message.rev !== expectedRev) throw new Refusal('stale_rev');
      return locked.message.text === text ? Promise.resolve(null) : this.changes.edit(locked, text);
    });
  }

  /** Deleting what is deleted changes nothing. */
  async delete(me: Me, id: string): Promise<Message> {
    const message = await this.find(me, id, 'room:read');
    await this.rooms.get(me, message.roomId, message.senderId === me.id ? 'message:send' : 'message:delete-any');
    if (message.deletedAt !== null) return message;
    return await this.change(message.roomId, id, (locked) => (locked.message.deletedAt === null ? this.changes.bury(locked) : Promise.resolve(null)));
  }

  async react(me: Me, id: string, emoji: string): Promise<Message> {
    const { roomId } = await this.find(me, id, 'message:send');
    return await this.change(roomId, id, (locked) => {
      refuseDeleted(locked);
      const { reactions } = locked.message;
      const another = !reactions.some((reaction) => reaction.emoji === emoji);
      if (another && reactions.length >= differentReactions) throw new Refusal('too_many_reactions');
      return this.changes.react(locked, me.id, emoji);
    });
  }

  async unreact(me: Me, id: string, emoji: string): Promise<Message> {
    const { roomId } = await this.find(me, id, 'message:send');
    return await this.change(roomId, id, (locked) => {
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

  /** Work that returns null found nothing to do: then there is nothing to announce either. */
  private async change(roomId: string, id: string, work: (locked: LockedMessage) => Promise<Message | null>): Promise<Message> {
    return await this.broadcast.during(roomId, async () => {
      const outcome = await this.changes.change(roomId, id, async (locked) => {
        return { before: locked.message, after: await work(locked) };
      });
      if (outcome === null) throw new Refusal('not_found');
      if (outcome.after !== null) this.broadcast.toRoom('message_updated', outcome.after);
      return outcome.after ?? outcome.before;
    });
  }
}

function refuseDeleted({ message }: LockedMessage): void {
  if (message.deletedAt !== null) throw new Refusal('message_deleted');
}
