import { Injectable } from '@nestjs/common';
import type { Message } from '../contract/message.dto.js';
import { RoomUpkeepService } from '../rooms/room-upkeep.service.js';
import { MessageUpkeepRepository, type GivenReaction, type Step, type Which } from './message-upkeep.repository.js';

/** So many at a time hold up those who write in the room for some tens of milliseconds. */
const batch = 500;
/** Beyond this it is cheaper for a client to begin the room anew than to be told of each tombstone. */
const manyChanges = 1000;

type Progress = (changed: number) => void;

/** What operators do to what was said: make room, or forget somebody. Numbers never change: what goes leaves a tombstone. */
@Injectable()
export class MessageUpkeepService {
  constructor(private readonly messages: MessageUpkeepRepository, private readonly rooms: RoomUpkeepService) {}

  count(which: Which, roomId: string | null): Promise<{ roomId: string; messages: number }[]> {
    return this.messages.count(which, roomId);
  }

  /** Tombstones for all of these in the room. */
  async bury(roomId: string, which: Which, options: { forgetText: boolean; progress: Progress }): Promise<number> {
    const buried = await walk((after) => this.messages.bury(roomId, which, { after, limit: batch, forgetText: options.forgetText }), options.progress);
    if (buried > manyChanges) await this.rooms.newEpoch(roomId);
    return buried;
  }

  /** Takes back what somebody thought of others' messages. Returns how many messages that changed. */
  async unreact(roomId: string, userId: string): Promise<number> {
    return await walk((after) => this.messages.unreact(roomId, userId, { after, limit: batch }), () => undefined);
  }

  /** Somebody's reactions in a room, in bounded memory. */
  async* reactionsOf(roomId: string, userId: string): AsyncGenerator<GivenReaction> {
    for (let after = { seq: 0, emoji: '' }; ;) {
      const page = await this.messages.reactionsAfter(roomId, userId, { after, limit: batch });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < batch) return;
      after = last;
    }
  }

  /** A room's messages, of one sender or of all, in bounded memory. */
  async* read(roomId: string, senderId: string | null): AsyncGenerator<Message> {
    for (let after = 0; ;) {
      const page = await this.messages.after(roomId, senderId, { after, limit: batch });
      yield* page;
      if (page.length < batch) return;
      after = page.at(-1)?.seq ?? after;
    }
  }
}

async function walk(next: (after: number) => Promise<Step | null>, progress: Progress): Promise<number> {
  let changed = 0;
  for (let step = await next(0); step !== null; step = await next(step.seq)) {
    changed += step.changed;
    progress(changed);
  }
  return changed;
}
