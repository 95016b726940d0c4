import { notNow } from '../common/refusal.js';

/** Why an input cannot be stored now: another transaction has locked its room, or its sender's membership. */
export class Held {
  constructor(readonly by: 'room' | 'sender') {}
}

/** An input that is to be stored. */
export interface Waiting<In, Out> {
  readonly input: In;
  readonly settle: (outcome: Out | Error) => void;
  /** A statement with it is under way. */
  sent: boolean;
  /** Its time is over and it has been refused: it must not be stored any more. */
  over: boolean;
}

export interface Keys<In> {
  room: (input: In) => string;
  sender: (input: In) => string;
}

export interface Store<In, Out> {
  /** Tries these, and returns those that are still held, with the reason. */
  attempt(entries: Waiting<In, Out>[]): Promise<Map<Waiting<In, Out>, Held>>;
  /** Whether a batch with this room is under way. */
  isUnderWay(room: string): boolean;
}

interface HeldRoom<In, Out> {
  entries: Waiting<In, Out>[];
  /** Whose messages wait; null: everybody's. */
  senders: Set<string> | null;
}

const retryMs = 50;
const limits = { ofRoom: 1000, ofRoomAtOnce: 100, atOnce: 500 };

/**
 * Messages whose room or sender is locked. They wait here and are tried again, without waiting for the lock: so they delay no other room, occupy no
 * connection, and can be refused in time with nothing under way. Messages of one sender in one room keep their order: those that come later wait behind.
 */
export class AppendHolds<In, Out> {
  private readonly rooms = new Map<string, HeldRoom<In, Out>>();
  private retrying = false;

  constructor(private readonly keys: Keys<In>, private readonly store: Store<In, Out>) {}

  get size(): number {
    let size = 0;
    for (const { entries } of this.rooms.values()) size += entries.length;
    return size;
  }

  /** Takes an entry that must wait behind others. */
  takes(entry: Waiting<In, Out>): boolean {
    if (this.rooms.size === 0) return false;
    const room = this.rooms.get(this.keys.room(entry.input));
    if (room === undefined || !(room.senders?.has(this.keys.sender(entry.input)) ?? true)) return false;
    if (room.entries.length < limits.ofRoom) room.entries.push(entry);
    else entry.settle(notNow());
    return true;
  }

  hold(held: ReadonlyMap<Waiting<In, Out>, Held>): void {
    for (const [entry, { by }] of held) {
      const room = this.rooms.get(this.keys.room(entry.input)) ?? { entries: [], senders: new Set<string>() };
      this.rooms.set(this.keys.room(entry.input), room);
      room.entries.push(entry);
      if (by === 'room') room.senders = null;
      else room.senders?.add(this.keys.sender(entry.input));
    }
    if (!this.retrying && this.rooms.size > 0) void this.retry();
  }

  private async retry(): Promise<void> {
    this.retrying = true;
    while (this.rooms.size > 0) {
      await new Promise((resolve) => { setTimeout(resolve, retryMs); });
      const tried = this.next();
      const entries = [...tried.values()].flat();
      if (entries.length === 0) continue;
      const held = await this.store.attempt(entries);
      for (const [room, ofRoom] of tried) this.afterAttempt(room, ofRoom.filter((entry) => held.has(entry)), held);
    }
    this.retrying = false;
  }

  /** The first entries of each room, as many as fit. */
  private next(): Map<string, Waiting<In, Out>[]> {
    const next = new Map<string, Waiting<In, Out>[]>();
    let count = 0;
    for (const [name, room] of this.rooms) {
      room.entries = room.entries.filter(({ over }) => !over);
      if (room.entries.length === 0) this.rooms.delete(name);
      // A batch under way may hold earlier messages of the same people.
      else if (count < limits.atOnce && !(room.senders === null && this.store.isUnderWay(name))) {
        next.set(name, room.entries.splice(0, limits.ofRoomAtOnce));
        count += limits.ofRoomAtOnce;
      }
    }
    return next;
  }

  /** Those still held go back to the front. Rooms that were tried go behind the others. */
  private afterAttempt(name: string, still: Waiting<In, Out>[], held: ReadonlyMap<Waiting<In, Out>, Held>): void {
    const room = this.rooms.get(name) as HeldRoom<In, Out>;
    this.rooms.delete(name);
    const untried = room.entries;
    room.entries = [...still, ...untried];
    if (room.entries.length === 0) return;
    const senders = new Set(still.map(({ input }) => this.keys.sender(input)));
    const free = still.every((entry) => held.get(entry)?.by === 'sender') && untried.every(({ input }) => senders.has(this.keys.sender(input)));
    room.senders = free ? senders : null;
    this.rooms.set(name, room);
  }
}
