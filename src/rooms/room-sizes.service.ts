import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { MembersRepository } from './members.repository.js';

/** A small room can fill within seconds; a large one rarely shrinks. */
const [smallMs, largeMs] = [5000, 60_000];

/** Which rooms have more members than presence is pushed to. */
@Injectable()
export class RoomSizes {
  private readonly isLarge = new LRUCache<string, boolean>({ max: 10_000 });

  constructor(private readonly members: MembersRepository, @Inject(CONFIG) private readonly config: Config) {}

  /** Those with at most `PRESENCE_ROOM_SIZE` members. */
  async smallAmong(roomIds: ReadonlySet<string>): Promise<Set<string>> {
    const unknown = [...roomIds].filter((roomId) => !this.isLarge.has(roomId));
    if (unknown.length > 0) {
      const large = await this.members.largerAmong(unknown, this.config.PRESENCE_ROOM_SIZE);
      for (const roomId of unknown) this.isLarge.set(roomId, large.has(roomId), { ttl: large.has(roomId) ? largeMs : smallMs });
    }
    return new Set([...roomIds].filter((roomId) => this.isLarge.get(roomId) !== true));
  }
}
