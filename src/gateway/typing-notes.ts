import { Injectable } from '@nestjs/common';
import type { Nothing, TypingDto } from '../contract/socket.dto.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { RoomsService } from '../rooms/rooms.service.js';
import type { ChatSocket } from './chat-socket.js';

const pauseMs = 1000;
const endsAfterMs = 6000;

interface Note {
  toldAt: number;
  end?: NodeJS.Timeout;
}

/** Who is typing where. A note is passed on once a second at most, and ends by itself. */
@Injectable()
export class TypingNotes {
  private readonly notes = new Map<string, Note>();

  constructor(private readonly rooms: RoomsService, private readonly broadcast: Broadcaster) {}

  async note({ data: { me } }: ChatSocket, { roomId, typing }: TypingDto): Promise<Nothing> {
    await this.rooms.get(me, roomId, 'message:send');
    const key = `${roomId}:${me.id}`;
    const note = this.notes.get(key);
    if (!typing) this.end(key, roomId, me.id);
    else if (note === undefined || Date.now() - note.toldAt >= pauseMs) this.begin(key, roomId, me.id);
    return {};
  }

  private begin(key: string, roomId: string, userId: string): void {
    clearTimeout(this.notes.get(key)?.end);
    this.notes.set(key, { toldAt: Date.now(), end: setTimeout(() => { this.end(key, roomId, userId); }, endsAfterMs).unref() });
    this.broadcast.passing(roomId, 'typing', { roomId, userId, typing: true });
  }

  private end(key: string, roomId: string, userId: string): void {
    const note = this.notes.get(key);
    if (note === undefined) return;
    clearTimeout(note.end);
    this.notes.delete(key);
    this.broadcast.passing(roomId, 'typing', { roomId, userId, typing: false });
  }
}
