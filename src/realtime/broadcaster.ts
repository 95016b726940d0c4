import { Injectable } from '@nestjs/common';
import type { Server } from 'socket.io';
import type { DurablePushName, PushName, PushPayload } from '../contract/events.js';
import type { Message } from '../contract/message.dto.js';
import { Nodes } from './nodes.js';
import { OwnSockets, type MovePushName } from './own-sockets.js';
import { RoomOrder, type Line } from './room-order.js';

/**
 * The only place from which anything is pushed. Call it after commit, never before: what it says cannot be taken back. It
 * does what is asked with our own sockets and tells the other nodes, who do the same with theirs.
 */
@Injectable()
export class Broadcaster {
  private readonly order: RoomOrder;
  /** Our own sockets only: for what every node finds out by itself. */
  readonly here: OwnSockets;
  private readonly listeners = new Set<(message: Message) => void>();

  constructor(private readonly nodes: Nodes) {
    this.order = new RoomOrder(() => nodes.accompanied);
    this.here = new OwnSockets(this.order);
    nodes.hear('push', ({ name, payload }) => { this.here.push(name, payload as PushPayload<DurablePushName>); });
    nodes.hear('passing', ({ roomId, name, payload, userIds }) => { this.here.passing(roomId, name, payload as PushPayload<PushName>, userIds); });
    nodes.hear('to_users', ({ userIds, name, payload }) => { this.here.toUsers(userIds, name, payload as PushPayload<PushName>); });
    nodes.hear('to_moved', ({ userId, rev, name, payload }) => { this.here.toMoved(userId, rev, name, payload as PushPayload<MovePushName>); });
    nodes.hear('enter', ({ userId, roomId, rev }) => { this.here.enter(userId, roomId, rev); });
    nodes.hear('expel', ({ userId, roomId, rev }) => { this.here.expel(userId, roomId, rev); });
  }

  /** Whether this process is meant to have company, also while it cannot hear the others. */
  get linked(): boolean {
    return this.nodes.linked;
  }

  serve(io: Server): void {
    this.here.serve(io);
  }

  /** Brackets a change of a room, so that announcements keep the order of commits. */
  during<T>(roomId: string, change: (line: Line) => Promise<T>): Promise<T> {
    return this.order.during(roomId, change);
  }

  /** Tells everyone who hears the room, in the order of `rev`. */
  toRoom<Name extends DurablePushName>(name: Name, payload: PushPayload<Name>, line?: Line): void {
    this.here.push(name, payload, line);
    this.nodes.tell('push', { name, payload });
    if (name === 'new_message') for (const listener of this.listeners) listener(payload as Message);
  }

  /** For the server's own bots: told of every message that was sent through this process. Returns how to stop. */
  whenSaid(listener: (message: Message) => void): () => void {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  /** Tells everyone who hears the room, and these people wherever they are, something that nobody has to catch up on. Each socket hears it once. */
  passing<Name extends PushName>(roomId: string, name: Name, payload: PushPayload<Name>, userIds: string[] = []): void {
    this.here.passing(roomId, name, payload, userIds);
    this.nodes.tell('passing', { roomId, userIds, name, payload });
  }

  toUsers<Name extends PushName>(userIds: string[], name: Name, payload: PushPayload<Name>): void {
    this.here.toUsers(userIds, name, payload);
    this.nodes.tell('to_users', { userIds, name, payload });
  }

  /** Tells somebody that they came into a room or lost it, at that revision; where a later change of their membership is known, nobody. */
  toMoved<Name extends MovePushName>(userId: string, rev: number, name: Name, payload: PushPayload<Name>): void {
    this.here.toMoved(userId, rev, name, payload);
    this.nodes.tell('to_moved', { userId, rev, name, payload });
  }

  /** From now on all sockets of this person hear the room. Does nothing and says so when they have been removed again at a later revision. */
  enter(userId: string, roomId: string, rev: number): boolean {
    this.nodes.tell('enter', { userId, roomId, rev });
    return this.here.enter(userId, roomId, rev);
  }

  /** From now on no socket of this person hears it. Does nothing and says so when they have come back at a later revision. */
  expel(userId: string, roomId: string, rev: number): boolean {
    this.nodes.tell('expel', { userId, roomId, rev });
    return this.here.expel(userId, roomId, rev);
  }
}
