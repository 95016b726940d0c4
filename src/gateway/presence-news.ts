import { Injectable } from '@nestjs/common';
import type { Server } from 'socket.io';
import { logger } from '../common/logger.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { channels } from '../realtime/channels.js';
import { PresenceService } from '../realtime/presence.js';
import { MembersService } from '../rooms/members.service.js';
import { UsersService } from '../users/users.service.js';
import type { ChatSocket } from './chat-socket.js';
import { Viewers } from './viewers.js';

const pauseMs = 1000;

/** Tells those whom it concerns that somebody came or went, a second later: who only reloads a page never left. */
@Injectable()
export class PresenceNews {
  private server: Server | undefined;
  private readonly pending = new Map<string, { timer: NodeJS.Timeout; rooms: Set<string> }>();
  private readonly told = new Map<string, boolean>();

  constructor(
    private readonly presence: PresenceService,
    private readonly broadcast: Broadcaster,
    private readonly members: MembersService,
    private readonly users: UsersService,
    private readonly viewers: Viewers,
  ) {}

  serve(server: Server): void {
    this.server = server;
    this.presence.whenChanged((userId) => { this.changed(userId); });
  }

  /** A connection is about to end: a moment later nobody could tell what it showed. */
  leaving(userId: string, rooms: readonly string[]): void {
    this.changed(userId, rooms);
  }

  private changed(userId: string, left: readonly string[] = []): void {
    const rooms = new Set([...this.roomsOnScreen(userId), ...left]);
    const waiting = this.pending.get(userId);
    if (waiting !== undefined) {
      rooms.forEach((roomId) => waiting.rooms.add(roomId));
      return;
    }
    const timer = setTimeout(() => { this.tell(userId).catch((error: unknown) => { logger.warn({ err: error }, 'Presence was not told'); }); }, pauseMs).unref();
    this.pending.set(userId, { timer, rooms });
  }

  private async tell(userId: string): Promise<void> {
    const rooms = this.pending.get(userId)?.rooms ?? new Set<string>();
    this.pending.delete(userId);
    const online = this.presence.isOnline(userId);
    if ((this.told.get(userId) ?? false) === online) return;
    if (online) this.told.set(userId, true);
    else this.told.delete(userId);
    this.roomsOnScreen(userId).forEach((roomId) => rooms.add(roomId));
    const { presence } = await this.users.get(userId);
    const news = { userId, online, lastSeenAt: presence.lastSeenAt };
    this.broadcast.toUsers(await this.members.partnersOf(userId), 'presence', news);
    this.broadcast.toViewers([...rooms], 'presence', news);
  }

  private roomsOnScreen(userId: string): Set<string> {
    const namespace = this.server?.of('/');
    const ids = namespace?.adapter.rooms.get(channels.user(userId)) ?? [];
    const sockets = [...ids].flatMap((id) => (namespace?.sockets.get(id) as ChatSocket | undefined) ?? []);
    return new Set(sockets.flatMap((socket) => this.viewers.seenBy(socket)));
  }
}
