import { Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import type { Server } from 'socket.io';
import { Chore } from '../common/chore.js';
import type { PresenceChanged } from '../contract/socket.dto.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { channels } from '../realtime/channels.js';
import { PresenceService } from '../realtime/presence.js';
import { MembersService } from '../rooms/members.service.js';
import { RoomSizes } from '../rooms/room-sizes.service.js';
import { UsersService } from '../users/users.service.js';
import type { ChatSocket } from './chat-socket.js';
import { PresenceWatches } from './presence-watches.js';
import { Viewers } from './viewers.js';

const pauseMs = 1000;
/** Who came or went within this time is looked up together: when a server comes back, hundreds do. */
const gatherMs = 100;

/** What there may be to tell of somebody. */
interface Change {
  /** The rooms that they showed when they came or went. */
  rooms: Set<string>;
  /** Whether they were here meanwhile: somebody may have read it, though nobody was told. */
  came: boolean;
  since: number;
}

/**
 * Tells those whom it concerns that somebody came or went, a second later: who only reloads a page never left. Every node
 * learns of every change and tells its own sockets.
 */
@Injectable()
export class PresenceNews implements BeforeApplicationShutdown, OnApplicationShutdown {
  private server: Server | undefined;
  /** Who waits longest comes first. */
  private readonly pending = new Map<string, Change>();
  private readonly telling = new Chore(() => this.tellDue(), 'Presence was not told');
  private readonly told = new Set<string>();

  constructor(
    private readonly presence: PresenceService,
    private readonly broadcast: Broadcaster,
    private readonly members: MembersService,
    private readonly users: UsersService,
    private readonly viewers: Viewers,
    private readonly sizes: RoomSizes,
    private readonly watches: PresenceWatches,
  ) {}

  serve(server: Server): void {
    this.server = server;
    this.presence.whenChanged((userId) => { this.changed(userId); });
    this.telling.every(gatherMs);
  }

  /** Everybody here is about to be sent elsewhere. */
  beforeApplicationShutdown(): void {
    this.telling.stop();
  }

  onApplicationShutdown(): Promise<void> {
    return this.telling.end();
  }

  /** A connection is about to end: a moment later nobody could tell what it showed. */
  leaving(userId: string, rooms: readonly string[]): void {
    this.changed(userId, rooms);
  }

  private changed(userId: string, left: readonly string[] = []): void {
    const change = this.pendingOf(userId);
    const shown = this.told.has(userId) ? this.roomsOnScreen(userId) : []; // Of who comes it is asked later.
    for (const roomId of [...shown, ...left]) change.rooms.add(roomId);
    change.came ||= this.presence.isOnline(userId);
  }

  private pendingOf(userId: string): Change {
    const change = this.pending.get(userId) ?? { rooms: new Set<string>(), came: false, since: performance.now() };
    this.pending.set(userId, change);
    return change;
  }

  private async tellDue(): Promise<void> {
    const news = this.takeDue();
    if (news.size === 0) return;
    try {
      await this.tell(news);
    } catch (error) {
      this.putBack(news);
      throw error;
    }
  }

  private takeDue(): Map<string, Change> {
    const news = new Map<string, Change>();
    for (const [userId, change] of this.pending) {
      if (change.since > performance.now() - pauseMs) break;
      this.pending.delete(userId);
      if (this.isNews(userId, change)) news.set(userId, change);
    }
    return news;
  }

  private isNews(userId: string, { came }: Change): boolean {
    const online = this.presence.isOnline(userId);
    return this.told.has(userId) !== online || (came && !online);
  }

  /** They are told together the next time: one after the other, many would ask a database that is away ten times a second. */
  private putBack(news: ReadonlyMap<string, Change>): void {
    for (const [userId, { rooms, came }] of news) {
      const change = this.pendingOf(userId);
      rooms.forEach((roomId) => { change.rooms.add(roomId); });
      change.came ||= came;
    }
    for (const change of this.pending.values()) change.since = performance.now();
  }

  private async tell(news: ReadonlyMap<string, Change>): Promise<void> {
    for (const [userId, { rooms }] of news) this.roomsOnScreen(userId).forEach((roomId) => { rooms.add(roomId); });
    const partners = await this.members.partnersOf([...news.keys()]);
    const small = await this.sizes.smallAmong(new Set([...news.values()].flatMap(({ rooms }) => [...rooms])));
    const smallOf = (userId: string): string[] => [...(news.get(userId)?.rooms ?? [])].filter((roomId) => small.has(roomId));
    const concerning = [...news.keys()].filter((userId) => partners.has(userId) || this.watches.isWatched(userId) || smallOf(userId).length > 0);
    const people = concerning.length === 0 ? [] : await this.users.presenceOf(concerning);
    for (const userId of news.keys()) this.remember(userId);
    for (const one of people) this.tellOf(one, { partners: partners.get(one.userId) ?? [], rooms: smallOf(one.userId) });
  }

  private tellOf({ userId, lastSeenAt }: PresenceChanged, { partners, rooms }: { partners: string[]; rooms: string[] }): void {
    const payload = { userId, online: this.told.has(userId), lastSeenAt };
    this.broadcast.here.toUsers(partners, 'presence', payload);
    this.broadcast.here.toViewers(rooms, 'presence', payload);
    const direct = [...partners.map(channels.user), ...rooms.map(channels.viewing)];
    this.watches.notify(payload, (socket) => direct.some((channel) => socket.rooms.has(channel)));
  }

  private remember(userId: string): void {
    if (this.presence.isOnline(userId)) this.told.add(userId);
    else this.told.delete(userId);
  }

  private roomsOnScreen(userId: string): Set<string> {
    const namespace = this.server?.of('/');
    const ids = namespace?.adapter.rooms.get(channels.user(userId)) ?? [];
    const sockets = [...ids].flatMap((id) => (namespace?.sockets.get(id) as ChatSocket | undefined) ?? []);
    return new Set([...sockets.flatMap((socket) => this.viewers.seenBy(socket)), ...this.viewers.sharedWith(userId)]);
  }
}
