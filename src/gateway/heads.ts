import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { logger } from '../common/logger.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { RoomsService } from '../rooms/rooms.service.js';

const beatMs = 10_000;
/** A room that changed is told this often: whoever lost the push of its last change learns of it although nothing follows. */
const beatsAfterChange = 6;

/** Says now and then where rooms stand, as the database knows it, so that a lost push is noticed on a live connection and in a silent room. Each node tells its own. */
@Injectable()
export class Heads implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private readonly known = new Map<string, { rev: number; beats: number }>();

  constructor(private readonly rooms: RoomsService, private readonly broadcast: Broadcaster) {}

  start(): void {
    this.timer = setInterval(() => { this.beat().catch((error: unknown) => { logger.warn({ err: error }, 'No beat this time'); }); }, beatMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async beat(): Promise<void> {
    const heard = new Set(this.broadcast.here.heardRooms());
    for (const roomId of this.known.keys()) if (!heard.has(roomId)) this.known.delete(roomId);
    for (const head of heard.size === 0 ? [] : await this.rooms.heads([...heard])) {
      const before = this.known.get(head.roomId);
      const beats = before?.rev === head.rev ? before.beats - 1 : beatsAfterChange;
      this.known.set(head.roomId, { rev: head.rev, beats: Math.max(0, beats) });
      if (beats > 0) this.broadcast.here.passing(head.roomId, 'head', head);
    }
  }
}
