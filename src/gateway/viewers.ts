import { Injectable } from '@nestjs/common';
import type { Server } from 'socket.io';
import { Broadcaster } from '../realtime/broadcaster.js';
import { channels } from '../realtime/channels.js';
import type { ChatSocket } from './chat-socket.js';

const pauseMs = 1000;

/** How many people look at each room, told to everyone who hears it: at once, then once a second at most. */
@Injectable()
export class Viewers {
  private server: Server | undefined;
  private readonly told = new Map<string, { viewers: number; timer?: NodeJS.Timeout; again: boolean }>();

  constructor(private readonly broadcast: Broadcaster) {
    broadcast.whenExpelled((roomId) => { if (this.told.has(roomId)) this.tell(roomId); });
  }

  serve(server: Server): void {
    this.server = server;
  }

  look(socket: ChatSocket, roomId: string): void {
    if (!socket.connected) return;
    void socket.join(channels.viewing(roomId));
    this.tell(roomId);
  }

  lookAway(socket: ChatSocket, roomId: string): void {
    void socket.leave(channels.viewing(roomId));
    this.tell(roomId);
  }

  /** The rooms that a socket shows. */
  seenBy(socket: ChatSocket): string[] {
    const prefix = channels.viewing('');
    return [...socket.rooms].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }

  tell(roomId: string): void {
    const last = this.told.get(roomId);
    if (last?.timer !== undefined) {
      last.again = true;
      return;
    }
    const viewers = this.count(roomId);
    if (last?.viewers !== viewers) this.broadcast.passing(roomId, 'room_stats', { roomId, viewers });
    const timer = setTimeout(() => { this.rest(roomId); }, pauseMs).unref();
    this.told.set(roomId, { viewers, timer, again: false });
  }

  private rest(roomId: string): void {
    const last = this.told.get(roomId);
    if (last === undefined) return;
    last.timer = undefined;
    if (last.again) this.tell(roomId);
    else if (last.viewers === 0) this.told.delete(roomId);
  }

  /** People, not sockets: two windows of one person count once. */
  private count(roomId: string): number {
    const namespace = this.server?.of('/');
    const ids = namespace?.adapter.rooms.get(channels.viewing(roomId)) ?? new Set<string>();
    const people = [...ids].map((id) => (namespace?.sockets.get(id) as ChatSocket | undefined)?.data.me.id);
    return new Set(people.filter((id) => id !== undefined)).size;
  }
}
