import type { PushPayload, RequestBody, RequestName, RequestReply } from '../../src/contract/events.js';
import type { Member, Room } from '../../src/contract/room.dto.js';
import type { Have, RoomChanges, SyncReply } from '../../src/contract/sync.dto.js';
import { asVerbatimError, mayPass } from './errors.js';
import type { User } from '../../src/contract/user.dto.js';
import type { Push } from './live.js';
import type { RoomHandle } from './room.js';
import type { Change, SavedRoom } from './room-state.js';
import { Sync } from './sync.js';
import { pause, unhurried } from './timers.js';
import type { Progress, StateStore } from './types.js';

const saveAfterMs = 1000;
const headJitterMs = 500;
const failedWaitMs = 2000;

export interface RoomsHooks {
  isConnected(): boolean;
  make(room: Room, membership: Member): RoomHandle;
  ask<Name extends RequestName>(name: Name, body: RequestBody<Name>): Promise<RequestReply<Name>>;
  changed(list: readonly RoomHandle[]): void;
  roomChanged(room: RoomHandle): void;
  progress(progress: Progress): void;
  learn(users: readonly User[]): void;
  fault(error: unknown): void;
}

/** All rooms that I am in: brings pushes and syncs to them, and keeps what is known of them in the store. */
export class Rooms {
  list: readonly RoomHandle[] = [];
  private readonly byId = new Map<string, RoomHandle>();
  private readonly dirty = new Set<RoomHandle>();
  private readonly sync: Sync;
  /** What was last stored of each, or is about to be. */
  private readonly kept = new WeakMap<RoomHandle, string>();
  /** A page of a sync is being taken in; the list is sorted once after it. */
  private taking = false;
  private saving: ReturnType<typeof setTimeout> | undefined;
  /** When everything that was to be stored is. */
  private saved = Promise.resolve();

  constructor(private readonly store: StateStore, private readonly prefix: () => string, private readonly hooks: RoomsHooks) {
    this.sync = new Sync({
      held: () => [...this.byId.keys()],
      have: (roomId) => haveOf(this.byId.get(roomId)),
      ask: (body) => hooks.ask('sync', body),
      take: (reply) => { this.take(reply); },
      progress: (progress) => { hooks.progress(progress); },
    });
  }

  get(roomId: string): RoomHandle | undefined {
    return this.byId.get(roomId);
  }

  /** By id or slug. */
  find(ref: string): RoomHandle | undefined {
    return this.byId.get(ref) ?? this.list.find(({ info }) => info.slug === ref);
  }

  /** A room that I have just come into. */
  async fetched(roomId: string): Promise<RoomHandle> {
    for (let tries = 0; tries < 3 && !this.byId.has(roomId); tries += 1) await this.sync.run(roomId);
    const room = this.byId.get(roomId);
    if (room === undefined) throw new Error('The room went away while it was joined');
    return room;
  }

  /** What an earlier run stored. */
  async load(): Promise<void> {
    for (const value of await this.storedRooms()) {
      const saved = value as SavedRoom | undefined;
      if (saved?.info === undefined || this.byId.has(saved.info.id)) continue;
      const room = this.add(saved.info, saved.membership);
      room.restore(saved);
      this.kept.set(room, markOf(room));
    }
    this.sort();
  }

  async catchUp(): Promise<void> {
    await this.sync.run();
    await Promise.all([...this.byId.values()].map((room) => room.connected()));
  }

  /** Those with whom I share a private chat. */
  partners(): string[] {
    return this.list.flatMap(({ partner }) => partner ?? []);
  }

  /** A private chat is named after the other one. */
  renamed(userId: string): void {
    for (const room of this.list) if (room.info.userIds?.includes(userId) === true) room.refresh();
  }

  disconnected(): void {
    this.byId.forEach((room) => { room.disconnected(); });
  }

  /** Something of this room did not come: ask for it. Without a connection the next one does so anyway. */
  missing(roomId: string, waitMs = 0): void {
    if (this.hooks.isConnected()) this.sync.soon(roomId, waitMs, (error) => { this.failed(roomId, error); });
  }

  hear({ name, payload }: Push): void {
    if (name === 'room_removed') this.removed(payload);
    else if (name === 'room_added') this.missing(payload.roomId);
    else if (name === 'read' || name === 'typing' || name === 'room_stats' || name === 'head') this.note({ name, payload } as Push);
    else if ('rev' in payload) this.durable({ name, payload } as Change);
  }

  /** Nothing moves any more; what is known is stored. */
  stop(): void {
    this.sync.stop();
    this.byId.forEach((room) => { room.close(); });
    void this.saveAll();
  }

  /** Shows nothing any more. */
  clear(): void {
    this.byId.forEach((room) => { room.close(); });
    this.byId.clear();
    this.dirty.clear();
    this.sort();
  }

  /** Here and in the store. */
  async forget(): Promise<void> {
    const prefix = this.prefix(); // somebody else may sign in meanwhile
    this.clear();
    clearTimeout(this.saving);
    await this.saved;
    await Promise.all((await this.store.keys(prefix)).map((key) => this.store.delete(key)));
  }

  private async storedRooms(): Promise<unknown[]> {
    if (this.store.all !== undefined) return await this.store.all(this.prefix());
    const values: unknown[] = [];
    for (const key of await this.store.keys(this.prefix())) values.push(await this.store.get(key));
    return values;
  }

  private durable(change: Change): void {
    const room = this.byId.get(change.payload.roomId);
    if (room === undefined) this.missing(change.payload.roomId);
    else room.hear(change);
  }

  private note({ name, payload }: Push): void {
    const room = 'roomId' in payload ? this.byId.get(payload.roomId) : undefined;
    if (name === 'head' && room?.isBehind(payload.rev) !== false) this.missing(payload.roomId, Math.random() * headJitterMs);
    if (room === undefined) return;
    if (name === 'typing') room.somebodyTypes(payload.userId, payload.typing);
    else if (name === 'room_stats') room.showViewers(payload.viewers);
    else if (name === 'read') this.read(room, payload);
  }

  private read(room: RoomHandle, { userId, readSeq }: PushPayload<'read'>): void {
    if (userId === room.membership.userId) room.moveRead(readSeq);
  }

  private removed({ roomId, reason }: PushPayload<'room_removed'>): void {
    this.drop(roomId, reason);
    if (this.sync.isRunning) this.missing(roomId); // its answer may still have the room
  }

  private take({ rooms, left, users }: SyncReply): void {
    this.hooks.learn(users); // first, so that a new room has its title
    this.taking = true;
    try {
      left.forEach((roomId) => { this.drop(roomId, 'left'); });
      rooms.forEach((changes) => { this.takeRoom(changes); });
    } finally {
      this.taking = false;
    }
    this.sort();
  }

  private takeRoom(changes: RoomChanges): void {
    const room = this.byId.get(changes.room.id) ?? this.add(changes.room, changes.membership);
    room.take(changes);
  }

  private add(info: Room, membership: Member): RoomHandle {
    const room = this.hooks.make(info, membership);
    this.byId.set(info.id, room);
    room.subscribe(() => { this.changed(room); });
    return room;
  }

  private drop(roomId: string, reason: NonNullable<RoomHandle['gone']>): void {
    const room = this.byId.get(roomId);
    if (room === undefined) return;
    this.byId.delete(roomId);
    this.dirty.delete(room);
    room.remove(reason);
    this.store.delete(this.prefix() + roomId).catch((error: unknown) => { this.hooks.fault(error); });
    this.sort();
  }

  private changed(room: RoomHandle): void {
    this.hooks.roomChanged(room);
    if (room.gone !== undefined) return;
    this.keep(room);
    if (!this.taking && !this.isInPlace(room)) this.sort();
  }

  private keep(room: RoomHandle): void {
    const mark = markOf(room);
    if (this.kept.get(room) === mark) return;
    this.kept.set(room, mark);
    this.dirty.add(room);
    this.saving ??= unhurried(setTimeout(() => { void this.saveAll(); }, saveAfterMs));
  }

  private isInPlace(room: RoomHandle): boolean {
    const at = this.list.indexOf(room);
    const [before, after] = [this.list[at - 1], this.list[at + 1]];
    return at >= 0 && (before === undefined || inOrder(before, room) <= 0) && (after === undefined || inOrder(room, after) <= 0);
  }

  private saveAll(): Promise<void> {
    this.saved = this.saved.then(() => this.save());
    return this.saved;
  }

  private async save(): Promise<void> {
    clearTimeout(this.saving);
    this.saving = undefined;
    const rooms = [...this.dirty];
    this.dirty.clear();
    for (const room of rooms) {
      const saved = room.save();
      if (saved !== undefined) await this.store.set(this.prefix() + room.id, saved).catch((error: unknown) => { this.hooks.fault(error); });
    }
  }

  private sort(): void {
    if (this.taking) return;
    const list = [...this.byId.values()].sort(inOrder);
    if (list.length === this.list.length && list.every((room, i) => room === this.list[i])) return;
    this.list = list;
    this.hooks.changed(list);
  }

  private failed(roomId: string, error: unknown): void {
    this.hooks.fault(error);
    if (mayPass(asVerbatimError(error))) void pause(failedWaitMs).then(() => { this.missing(roomId); });
  }
}

const latest = ({ info }: RoomHandle): string => info.lastMessageAt ?? info.createdAt;

const inOrder = (one: RoomHandle, other: RoomHandle): number => (latest(one) < latest(other) ? 1 : latest(one) > latest(other) ? -1 : 0);

/** Changes when there is something new to store. */
const markOf = ({ have, readSeq, unread }: RoomHandle): string => `${have} ${readSeq} ${unread}`;

function haveOf(room: RoomHandle | undefined): Have | undefined {
  return room === undefined ? undefined : { epoch: room.info.position.epoch, rev: room.have };
}
