import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { logger } from '../common/logger.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { RoomsService } from '../rooms/rooms.service.js';

const beatMs = 10_000;
/** A room that has fallen silent is told this often: whoever lost the push of its last change learns of it although nothing follows. */
const beatsInSilence = 6;

/**
 * Says now and then where rooms stand, as the database knows it, so that a lost push is noticed on a live connection and in a silent room.
 * A room in which something was pushed here since the last beat need not be told: the next push tells as much. Each node tells its own.
 */
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
      const silent = before?.rev === head.rev;
      const beats = silent ? before.beats : beatsInSilence;
      const due = silent ? beats > 0 : !this.broadcast.here.hasAnnounced(head.roomId, head.rev);
      this.known.set(head.roomId, { rev: head.rev, beats: silent ? Math.max(0, beats - 1) : beats });
      if (due) this.broadcast.here.passing(head.roomId, 'head', head);
    }
  }
}
