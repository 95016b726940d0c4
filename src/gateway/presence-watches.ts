import { Injectable } from '@nestjs/common';
import type { PeoplePresence, PresenceChanged, WatchPresenceDto } from '../contract/socket.dto.js';
import { UsersService } from '../users/users.service.js';
import type { ChatSocket } from './chat-socket.js';

/** Twenty digests a minute at most. */
const digestMs = 3000;

/** Whom each socket shows, and the changes that it has not been sent yet. Every node keeps its own sockets. */
@Injectable()
export class PresenceWatches {
  private readonly watchers = new Map<string, Set<ChatSocket>>();
  private readonly digests = new Map<ChatSocket, Map<string, PresenceChanged>>();

  constructor(private readonly users: UsersService) {}

  /** Watches these people instead of those before, and returns how they are now. */
  async watch(socket: ChatSocket, { userIds }: WatchPresenceDto): Promise<PeoplePresence> {
    if (!socket.connected) return { people: [] };
    this.replace(socket, new Set(userIds));
    return { people: await this.users.presenceOf(userIds) };
  }

  /** The socket is gone. */
  remove(socket: ChatSocket): void {
    this.replace(socket, new Set());
    this.digests.delete(socket);
  }

  isWatched(userId: string): boolean {
    return this.watchers.has(userId);
  }

  /** Adds a change to the next digest of each socket that watches this person, except where `isTold`. */
  notify(change: PresenceChanged, isTold: (socket: ChatSocket) => boolean): void {
    for (const socket of this.watchers.get(change.userId) ?? []) if (!isTold(socket)) this.digestOf(socket).set(change.userId, change);
  }

  private digestOf(socket: ChatSocket): Map<string, PresenceChanged> {
    const waiting = this.digests.get(socket);
    if (waiting !== undefined) return waiting;
    const digest = new Map<string, PresenceChanged>();
    this.digests.set(socket, digest);
    setTimeout(() => { this.send(socket); }, digestMs).unref();
    return digest;
  }

  private send(socket: ChatSocket): void {
    const people = [...(this.digests.get(socket)?.values() ?? [])].filter(({ userId }) => socket.data.watched.has(userId));
    this.digests.delete(socket);
    if (people.length > 0) socket.emit('presence_digest', { people });
  }

  private replace(socket: ChatSocket, ids: Set<string>): void {
    const { watched } = socket.data;
    for (const userId of watched) if (!ids.has(userId)) this.unwatch(socket, userId);
    for (const userId of ids) {
      const watchers = this.watchers.get(userId) ?? new Set<ChatSocket>();
      this.watchers.set(userId, watchers.add(socket));
    }
    socket.data.watched = ids;
  }

  private unwatch(socket: ChatSocket, userId: string): void {
    const watchers = this.watchers.get(userId);
    watchers?.delete(socket);
    if (watchers?.size === 0) this.watchers.delete(userId);
  }
}
