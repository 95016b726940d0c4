import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Server } from 'socket.io';
import type { DurablePushName, PushName, PushPayload } from '../contract/events.js';
import type { Message } from '../contract/message.dto.js';
import { channels } from './channels.js';
import { RoomOrder } from './room-order.js';

/** The only place from which anything is pushed. Call it after commit, never before: what it says cannot be taken back. */
@Injectable()
export class Broadcaster {
  private io: Server | undefined;
  private readonly order = new RoomOrder();
  private readonly listeners = new Set<(message: Message) => void>();
  /** How often somebody lost a room or a session, so that a socket joining meanwhile can tell that its knowledge is old. */
  private readonly losses = new Map<string, number>();
  /** The newest change of each membership: of two whose commits come back the other way round, only the later one counts. */
  private readonly newest = new LRUCache<string, number>({ max: 100_000 });

  private expelled: (roomId: string) => void = () => undefined;

  serve(io: Server): void {
    this.io = io;
  }

  /** Brackets a change of a room, so that announcements keep the order of commits. */
  during<T>(roomId: string, change: () => Promise<T>): Promise<T> {
    return this.order.during(roomId, change);
  }

  /** Tells everyone who hears the room, in the order of `rev`. */
  toRoom<Name extends DurablePushName>(name: Name, payload: PushPayload<Name>): void {
    this.order.announce(payload.roomId, payload.rev, () => { this.io?.to(channels.room(payload.roomId)).emit(name, payload); });
    if (name === 'new_message') for (const listener of this.listeners) listener(payload as Message);
  }

  /** For the server's own bots: told of every message that was sent through this process. Returns how to stop. */
  whenSaid(listener: (message: Message) => void): () => void {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  /** Tells everyone who hears the room, and these people wherever they are, something that nobody has to catch up on. Each socket hears it once. */
  passing<Name extends PushName>(roomId: string, name: Name, payload: PushPayload<Name>, userIds: readonly string[] = []): void {
    this.io?.to([channels.room(roomId), ...userIds.map(channels.user)]).emit(name, payload);
  }

  toUsers<Name extends PushName>(userIds: readonly string[], name: Name, payload: PushPayload<Name>): void {
    if (userIds.length > 0) this.io?.to(userIds.map(channels.user)).emit(name, payload);
  }

  toViewers<Name extends PushName>(roomIds: readonly string[], name: Name, payload: PushPayload<Name>): void {
    if (roomIds.length > 0) this.io?.to(roomIds.map(channels.viewing)).emit(name, payload);
  }

  /** From now on all sockets of this person hear the room. Does nothing and says so when they have been removed again at a later revision. */
  enter(userId: string, roomId: string, rev: number): boolean {
    if (!this.isNewest(userId, roomId, rev)) return false;
    this.io?.in(channels.user(userId)).socketsJoin(channels.room(roomId));
    return true;
  }

  /** From now on no socket of this person hears it. Does nothing and says so when they have come back at a later revision. */
  expel(userId: string, roomId: string, rev: number): boolean {
    this.countLoss(userId);
    if (!this.isNewest(userId, roomId, rev)) return false;
    this.io?.in(channels.user(userId)).socketsLeave([channels.room(roomId), channels.viewing(roomId)]);
    this.expelled(roomId);
    return true;
  }

  /** Told of every room from which somebody has just been taken, and who may have been looking at it. */
  whenExpelled(listener: (roomId: string) => void): void {
    this.expelled = listener;
  }

  private isNewest(userId: string, roomId: string, rev: number): boolean {
    const key = `${roomId}:${userId}`;
    if ((this.newest.get(key) ?? 0) > rev) return false;
    this.newest.set(key, rev);
    return true;
  }

  cutSessions(userId: string, sids: readonly string[], reason: string): void {
    this.countLoss(userId);
    if (sids.length === 0 || this.io === undefined) return;
    const sockets = this.io.in(sids.map(channels.session));
    sockets.emit('session_revoked', { reason });
    sockets.disconnectSockets(true);
  }

  /** Compare two answers: when they differ, what was read about this person in between may be out of date. */
  lossesOf(userId: string): number {
    return this.losses.get(userId) ?? 0;
  }

  private countLoss(userId: string): void {
    this.losses.set(userId, this.lossesOf(userId) + 1);
  }
}
