import { Injectable } from '@nestjs/common';
import type { EditDto, Message } from '../contract/message.dto.js';
import type { Me } from '../common/me.js';
import { Refusal } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import type { Action } from '../rooms/room-access.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { ChangesRepository, type Change, type Target } from './changes.repository.js';

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
    return await this.change(me, message, 'message:send', (target) => this.changes.edit(target, text, expectedRev));
  }

  /** Deleting what is deleted changes nothing. */
  async delete(me: Me, id: string): Promise<Message> {
    const message = await this.find(me, id, 'room:read');
    const action = message.senderId === me.id ? 'message:send' : 'message:delete-any';
    await this.rooms.get(me, message.roomId, action);
    if (message.deletedAt !== null) return message;
    return await this.change(me, message, action, (target) => this.changes.bury(target));
  }

  async react(me: Me, id: string, emoji: string): Promise<Message> {
    const message = await this.find(me, id, 'message:send');
    return await this.change(me, message, 'message:send', (target) => this.changes.react(target, emoji));
  }

  async unreact(me: Me, id: string, emoji: string): Promise<Message> {
    const message = await this.find(me, id, 'message:send');
    return await this.change(me, message, 'message:send', (target) => this.changes.unreact(target, emoji));
  }

  private async find(me: Me, id: string, action: Action): Promise<Message> {
    const message = await this.changes.find(id, me.id);
    if (message === null) throw new Refusal('not_found');
    await this.rooms.get(me, message.roomId, action);
    return message;
  }

  /** Where nothing was to be done there is nothing to announce either. Whether I still may is looked at again under the lock. */
  private async change(me: Me, message: Message, action: Action, write: (target: Target) => Promise<Change | null>): Promise<Message> {
    return await this.broadcast.during(message.roomId, async () => {
      const change = await write({ message, userId: me.id, asWarden: action === 'message:delete-any' && me.role === 'admin' });
      if (change?.verdict === 'unwelcome') await this.rooms.get(me, message.roomId, action);
      if (change === null || change.verdict === 'unwelcome') throw new Refusal('not_found');
      if (change.verdict !== null && change.verdict !== 'unchanged') throw new Refusal(change.verdict);
      if (change.after !== null) this.broadcast.toRoom('message_updated', change.after);
      return change.after ?? change.before;
    });
  }
}
