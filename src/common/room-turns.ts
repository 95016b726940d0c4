import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { Patience } from './patience.js';
import { notNow } from './refusal.js';

interface Waiting {
  roomId: string;
  go: () => void;
}

/** With the two seconds that PostgreSQL gives a lock, shorter than what the edges give a request: what is refused in time is not done later. */
const patience = new Patience(2000);

/**
 * One change of a room at a time, and at most half of the connections for all of them: changes wait for the lock on the room, and in a room that somebody
 * holds they would take every connection. They wait here instead.
 */
@Injectable()
export class RoomTurns {
  private readonly busy = new Set<string>();
  private readonly waiting = new Set<Waiting>();
  private readonly most: number;

  constructor(@Inject(CONFIG) { DATABASE_POOL }: Config) {
    this.most = Math.max(1, Math.floor(DATABASE_POOL / 2));
  }

  async run<T>(roomId: string, change: () => Promise<T>): Promise<T> {
    if (this.busy.has(roomId) || this.busy.size >= this.most) await this.turn(roomId);
    else this.busy.add(roomId);
    try {
      return await change();
    } finally {
      this.busy.delete(roomId);
      this.next();
    }
  }

  private turn(roomId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const one: Waiting = { roomId, go: () => { wait.end(); this.waiting.delete(one); this.busy.add(roomId); resolve(); } };
      const wait = patience.begin(() => { this.waiting.delete(one); reject(notNow()); });
      this.waiting.add(one);
    });
  }

  /** One turn has ended, so one can begin. */
  private next(): void {
    for (const one of this.waiting) {
      if (this.busy.has(one.roomId)) continue;
      one.go();
      return;
    }
  }
}
