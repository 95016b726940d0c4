import { LRUCache } from 'lru-cache';
import type { Server } from 'socket.io';
import type { Me } from '../common/me.js';
import type { DurablePushName, PushName, PushPayload } from '../contract/events.js';
import { channels, isOfRoom } from './channels.js';
import type { RoomOrder } from './room-order.js';

/** Far more users than lose something while a room is read. */
const rememberedLosses = 10_000;

export type MovePushName = 'room_added' | 'room_removed';

/** The sockets that are connected to this process. Each node does the same with its own: nothing here is told to the others. */
export class OwnSockets {
  private io: Server | undefined;
  /** The number of each user's last loss of a room or a session, so that a socket joining meanwhile can tell that its knowledge is old. */
  private readonly losses = new LRUCache<string, number>({ max: rememberedLosses, dispose: (number) => { this.forgotten = Math.max(this.forgotten, number); } });
  private lossCount = 0;
  /** The last loss that is not remembered any more. A user without an entry may have had it. */
  private forgotten = 0;
  /** The newest change of each membership: of two that come the other way round, only the later one counts. */
  private readonly newest = new LRUCache<string, number>({ max: 100_000 });
  private expelled: (roomId: string) => void = () => undefined;

  constructor(private readonly order: RoomOrder) {}

  serve(io: Server): void {
    this.io = io;
  }

  /** Whoever hears the room, in the order of `rev`. */
  push<Name extends DurablePushName>(name: Name, payload: PushPayload<Name>, line = this.order.lineOf(payload.roomId)): void {
    this.order.announce(line, payload.rev, () => { this.io?.to(line.channel).emit(name, payload); });
  }

  /** The latest revision of the room that was pushed here; 0 when none was, as far as we remember. */
  lastAnnounced(roomId: string): number {
    return this.order.lastOf(roomId);
  }

  /** Whoever hears the room, and these people. Each socket hears it once. */
  passing<Name extends PushName>(roomId: string, name: Name, payload: PushPayload<Name>, userIds: readonly string[] = []): void {
    this.io?.to([channels.room(roomId), ...userIds.map(channels.user)]).emit(name, payload);
  }

  /** Those who hear the room, without these sockets. */
  toRoom<Name extends PushName>(roomId: string, name: Name, payload: PushPayload<Name>, without: readonly string[]): void {
    this.io?.to(channels.room(roomId)).except([...without]).emit(name, payload);
  }

  /** The ids of the sockets that hear the room. */
  hearersOf(roomId: string): ReadonlySet<string> {
    return this.inChannel(channels.room(roomId)) ?? new Set();
  }

  toUsers<Name extends PushName>(userIds: readonly string[], name: Name, payload: PushPayload<Name>): void {
    if (userIds.length > 0) this.io?.to(userIds.map(channels.user)).emit(name, payload);
  }

  toMoved<Name extends MovePushName>(userId: string, rev: number, name: Name, payload: PushPayload<Name>): void {
    if (!this.isOvertaken(userId, payload.roomId, rev)) this.toUsers([userId], name, payload);
  }

  toViewers<Name extends PushName>(roomIds: readonly string[], name: Name, payload: PushPayload<Name>): void {
    if (roomIds.length > 0) this.io?.to(roomIds.map(channels.viewing)).emit(name, payload);
  }

  enter(userId: string, roomId: string, rev: number): boolean {
    if (!this.isNewest(userId, roomId, rev)) return false;
    for (const id of this.inChannel(channels.user(userId)) ?? []) this.join(id, roomId);
    return true;
  }

  private join(socketId: string, roomId: string): void {
    const socket = this.io?.of('/').sockets.get(socketId);
    if (socket === undefined) return;
    (socket.data as { joins: number }).joins += 1;
    void socket.join(channels.room(roomId));
  }

  expel(userId: string, roomId: string, rev: number): boolean {
    this.countLoss(userId);
    if (!this.isNewest(userId, roomId, rev)) return false;
    this.io?.in(channels.user(userId)).socketsLeave([channels.room(roomId), channels.viewing(roomId)]);
    this.expelled(roomId);
    return true;
  }

  /** Whether all sockets of this person hear the room: whoever connected after coming in does. */
  hears(userId: string, roomId: string): boolean {
    const hearers = this.inChannel(channels.room(roomId));
    return [...(this.inChannel(channels.user(userId)) ?? [])].every((id) => hearers?.has(id));
  }

  /** Whether this person is in the room, as far as we know: one of their sockets hears it. */
  knowsMember(userId: string, roomId: string): boolean {
    const hearers = this.inChannel(channels.room(roomId));
    if (hearers !== undefined) for (const id of this.inChannel(channels.user(userId)) ?? []) if (hearers.has(id)) return true;
    return false;
  }

  private inChannel(channel: string): ReadonlySet<string> | undefined {
    return this.io?.of('/').adapter.rooms.get(channel);
  }

  /** Whether this change of a membership, or a later one, has been done. */
  knows(userId: string, roomId: string, rev: number): boolean {
    return (this.newest.get(keyOf(userId, roomId)) ?? -1) >= rev;
  }

  /** Told of every room from which somebody has just been taken, and who may have been looking at it. */
  whenExpelled(listener: (roomId: string) => void): void {
    this.expelled = listener;
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
    return this.losses.get(userId) ?? this.forgotten;
  }

  /** The sessions that have sockets here, and whose they are. */
  sessions(): Map<string, string> {
    const people = [...(this.io?.of('/').sockets.values() ?? [])].map((socket) => (socket.data as { me: Me }).me);
    return new Map(people.map(({ sid, id }) => [sid, id]));
  }

  /** The channels of the rooms that somebody hears. */
  heardRooms(): string[] {
    return [...(this.io?.of('/').adapter.rooms.keys() ?? [])].filter(isOfRoom);
  }

  isHeard(channel: string): boolean {
    return this.inChannel(channel) !== undefined;
  }

  private isNewest(userId: string, roomId: string, rev: number): boolean {
    if (this.isOvertaken(userId, roomId, rev)) return false;
    this.newest.set(keyOf(userId, roomId), rev);
    return true;
  }

  private isOvertaken(userId: string, roomId: string, rev: number): boolean {
    return (this.newest.get(keyOf(userId, roomId)) ?? 0) > rev;
  }

  private countLoss(userId: string): void {
    this.lossCount += 1;
    this.losses.set(userId, this.lossCount);
  }
}

function keyOf(userId: string, roomId: string): string {
  return `${roomId}:${userId}`;
}
