import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Chore } from '../common/chore.js';
import { turn } from '../common/turn.js';
import type { PushPayload } from '../contract/events.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { roomOf } from '../realtime/channels.js';
import { RoomsService } from '../rooms/rooms.service.js';

const beatMs = 10_000;
/** A room that has fallen silent is told this often: whoever lost the push of its last change learns of it although nothing follows. */
const beatsInSilence = 6;
/** Of thousands of rooms together, everybody else would wait for a quarter of a second. */
const mostInATurn = 1000;
const unknown = -1;

/** Where a room stood at the last beat. One object for each room as long as it is heard: of thousands, new ones each time would be a burden. */
interface Standing {
  roomId: string;
  seq: number;
  rev: number;
  /** How often it will be told if nothing happens. */
  beats: number;
}

/**
 * Says now and then where rooms stand, as the database knows it, so that a lost push is noticed on a live connection and in a silent room.
 * A room in which something was pushed here since the last beat need not be told: the next push tells as much. Each node tells its own.
 */
@Injectable()
export class Heads implements OnApplicationShutdown {
  private readonly chore = new Chore(() => this.beat(), 'No beat this time');
  /** By the channel of the room. */
  private readonly known = new Map<string, Standing>();

  constructor(private readonly rooms: RoomsService, private readonly broadcast: Broadcaster) {}

  start(): void {
    this.chore.every(beatMs);
  }

  onApplicationShutdown(): Promise<void> {
    return this.chore.end();
  }

  private async beat(): Promise<void> {
    const heard = this.heard().filter((room) => !this.isToldByPushes(room));
    if (heard.length === 0) return;
    const changed = await this.rooms.changedHeads(heard.map(({ roomId, seq, rev }) => ({ roomId, rev: seq === unknown ? unknown : rev })));
    for (let from = 0; from < heard.length; from += mostInATurn) {
      if (from > 0) await turn();
      for (const room of heard.slice(from, from + mostInATurn)) if (this.isDue(room, changed.get(room.roomId))) this.tell(room);
    }
  }

  private tell({ roomId, seq, rev }: Standing): void {
    this.broadcast.here.passing(roomId, 'head', { roomId, seq, rev });
  }

  private heard(): Standing[] {
    const { here } = this.broadcast;
    for (const channel of this.known.keys()) if (!here.isHeard(channel)) this.known.delete(channel);
    return here.heardRooms().map((channel) => this.standingOf(channel));
  }

  private standingOf(channel: string): Standing {
    const known = this.known.get(channel);
    if (known !== undefined) return known;
    const room = { roomId: roomOf(channel), seq: unknown, rev: unknown, beats: beatsInSilence };
    this.known.set(channel, room);
    return room;
  }

  /** Where this process serves alone, the database need not be asked about them: what somebody else does to a room, as a command of an operator, is found a beat later. */
  private isToldByPushes(room: Standing): boolean {
    const rev = this.broadcast.here.lastAnnounced(room.roomId);
    if (this.broadcast.linked || rev <= room.rev) return false;
    Object.assign(room, { seq: unknown, rev, beats: beatsInSilence });
    return true;
  }

  private isDue(room: Standing, now: Omit<PushPayload<'head'>, 'roomId'> | undefined): boolean {
    const silent = now === undefined || now.rev === room.rev;
    const due = silent ? room.beats > 0 : this.broadcast.here.lastAnnounced(room.roomId) < now.rev;
    Object.assign(room, now, { beats: silent ? Math.max(0, room.beats - 1) : beatsInSilence });
    return due;
  }
}
