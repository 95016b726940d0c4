import { Injectable } from '@nestjs/common';
import type { Nothing, TypingDto } from '../contract/socket.dto.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { Nodes } from '../realtime/nodes.js';
import { RoomsService } from '../rooms/rooms.service.js';
import type { ChatSocket } from './chat-socket.js';

const pauseMs = 1000;
const endsAfterMs = 6000;

interface Note {
  toldAt: number;
  end?: NodeJS.Timeout;
}

/** Who is typing where. A note is passed on once a second at most, and ends by itself: on each node, so also when the node that took it is lost. */
@Injectable()
export class TypingNotes {
  private readonly notes = new Map<string, Note>();

  constructor(private readonly rooms: RoomsService, private readonly broadcast: Broadcaster, private readonly nodes: Nodes) {
    nodes.hear('typing', ({ roomId, userId, typing }) => { this.change(roomId, userId, typing); });
  }

  async note({ data: { me } }: ChatSocket, { roomId, typing }: TypingDto): Promise<Nothing> {
    await this.rooms.get(me, roomId, 'message:send');
    if (this.change(roomId, me.id, typing)) this.nodes.tell('typing', { roomId, userId: me.id, typing });
    return {};
  }

  /** False: nothing new. */
  private change(roomId: string, userId: string, typing: boolean): boolean {
    const key = `${roomId}:${userId}`;
    if (!typing) return this.end(key, roomId, userId);
    const note = this.notes.get(key);
    if (note !== undefined && Date.now() - note.toldAt < pauseMs) return false;
    clearTimeout(note?.end);
    this.notes.set(key, { toldAt: Date.now(), end: setTimeout(() => { this.end(key, roomId, userId); }, endsAfterMs).unref() });
    this.broadcast.here.passing(roomId, 'typing', { roomId, userId, typing: true });
    return true;
  }

  private end(key: string, roomId: string, userId: string): boolean {
    const note = this.notes.get(key);
    if (note === undefined) return false;
    clearTimeout(note.end);
    this.notes.delete(key);
    this.broadcast.here.passing(roomId, 'typing', { roomId, userId, typing: false });
    return true;
  }
}
