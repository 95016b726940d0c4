import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Chore } from '../common/chore.js';
import { turn } from '../common/turn.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { roomOf } from '../realtime/channels.js';
import { RoomsService } from '../rooms/rooms.service.js';

const beatMs = 10_000;
/** A room that has fallen silent is told this often: whoever lost the push of its last change learns of it although nothing follows. */
const beatsInSilence = 6;
/** Of thousands of rooms together, everybody else would wait for a quarter of a second. */
const mostInATurn = 1000;
/** Others put people into rooms: who is in 10,000 would get 1.3 MB at each beat after connecting. The rest comes at the next beats. */
const mostForASocket = 500;
/** When a room is new here, a lost push must be younger than the connections that hear the room. Older rooms are told once, to be sure. */
const recentMs = 60_000;
const unknown = -1;

/** Where a room stood at the last beat. One object for each room as long as it is heard: of thousands, new ones each time would be a burden. */
interface Standing {
  roomId: string;
  seq: number;
  rev: number;
  /** How often it will be told if nothing happens. */
  beats: number;
  /** When it changed last, as far as we know, in ms since 1970. */
  changedAt: number;
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
    const due = heard.filter((room) => this.isDue(room, changed.get(room.roomId)));
    if (due.length > mostForASocket) due.sort((a, b) => b.changedAt - a.changedAt);
    const sent = new Map<string, number>();
    for (let from = 0; from < due.length; from += mostInATurn) {
      if (from > 0) await turn();
      for (const room of due.slice(from, from + mostInATurn)) this.send(room, due.length > mostForASocket ? this.fullSockets(room, sent) : []);
    }
  }

  /** Those who hear the room and have had enough at this beat. All others are counted. */
  private fullSockets({ roomId }: Standing, sent: Map<string, number>): string[] {
    const full: string[] = [];
    for (const id of this.broadcast.here.hearersOf(roomId)) {
      const count = sent.get(id) ?? 0;
      if (count < mostForASocket) sent.set(id, count + 1);
      else full.push(id);
    }
    return full;
  }

  /** A room that somebody was not told stays due. */
  private send(room: Standing, full: readonly string[]): void {
    const { roomId, seq, rev } = room;
    if (full.length === 0) room.beats -= 1;
    else if (full.length === this.broadcast.here.hearersOf(roomId).size) return;
    this.broadcast.here.toRoom(roomId, 'head', { roomId, seq, rev }, full);
  }

  private heard(): Standing[] {
    const { here } = this.broadcast;
    for (const channel of this.known.keys()) if (!here.isHeard(channel)) this.known.delete(channel);
    return here.heardRooms().map((channel) => this.standingOf(channel));
  }

  private standingOf(channel: string): Standing {
    const known = this.known.get(channel);
    if (known !== undefined) return known;
    const room = { roomId: roomOf(channel), seq: unknown, rev: unknown, beats: beatsInSilence, changedAt: 0 };
    this.known.set(channel, room);
    return room;
  }

  /** Where this process serves alone, the database need not be asked about them: what somebody else does to a room, as a command of an operator, is found a beat later. */
  private isToldByPushes(room: Standing): boolean {
    const rev = this.broadcast.here.lastAnnounced(room.roomId);
    if (this.broadcast.linked || rev <= room.rev) return false;
    Object.assign(room, { seq: unknown, rev, beats: beatsInSilence, changedAt: Date.now() });
    return true;
  }

  private isDue(room: Standing, now: { seq: number; rev: number; silentMs: number } | undefined): boolean {
    if (now === undefined || now.rev === room.rev) {
      Object.assign(room, now && { seq: now.seq });
      return room.beats > 0;
    }
    const isAnnounced = this.broadcast.here.lastAnnounced(room.roomId) >= now.rev;
    const silentMs = room.rev > 0 ? 0 : now.silentMs; // Else the room is new here.
    const repeats = isAnnounced || silentMs < recentMs ? beatsInSilence : 0;
    Object.assign(room, { seq: now.seq, rev: now.rev, beats: isAnnounced ? repeats : repeats + 1, changedAt: Date.now() - silentMs });
    return !isAnnounced;
  }
}
