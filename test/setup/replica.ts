import { isDeepStrictEqual } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message, MessagePage } from '../../src/contract/message.dto.js';
import type { UnreadTotals } from '../../src/contract/read.dto.js';
import type { Member, Room } from '../../src/contract/room.dto.js';
import type { RoomChanges, SyncReply } from '../../src/contract/sync.dto.js';
import type { Chatter, Push } from './chatters.js';
import type { Person } from './people.js';
import { nodeCount } from './server.js';

/** As clients do. Between nodes, on a machine that stands still now and then, what is late must not look like what is lost. */
const holdMs = nodeCount > 1 ? 2000 : 200;

/** What a screen would show of one room. */
export interface Shown {
  room: Room;
  members: Member[];
  messages: Message[];
  readSeq: number;
  unread: number;
}

interface Durable { roomId: string; rev: number }

/** One room as a client holds it: everything up to revision `have`. */
class Held {
  have: number;
  readonly members = new Map<string, Member>();
  readonly messages = new Map<number, Message>();
  readonly early = new Map<number, Push>();
  readSeq = 0;
  timer?: NodeJS.Timeout;

  constructor(public room: Room, readonly me: string) {
    this.have = -1;
  }

  take(changes: RoomChanges): void {
    if (changes.position.rev >= this.have) this.room = changes.room;
    changes.messages.forEach((message) => { this.put(message); });
    changes.members.forEach((member) => { this.seat(member); });
    this.readSeq = Math.max(this.readSeq, changes.readSeq);
    this.have = Math.max(this.have, changes.to);
  }

  put(message: Message): void {
    const known = this.messages.get(message.seq);
    if (known === undefined || known.rev < message.rev) this.messages.set(message.seq, message);
    if (message.senderId === this.me) this.readSeq = Math.max(this.readSeq, message.seq);
  }

  /** From this number on none is missing; 1 for an empty room. */
  get unbrokenFrom(): number {
    let seq = Math.max(1, ...this.messages.keys());
    while (this.messages.has(seq - 1)) seq -= 1;
    return seq;
  }

  apply({ name, payload }: Push): void {
    this.have = payload.rev as number;
    if (name === 'room_updated') this.room = payload.room as Room;
    else if (name === 'new_message' || name === 'message_updated') this.put(payload as unknown as Message);
    else this.seat(payload.member as Member);
  }

  private seat(member: Member): void {
    const known = this.members.get(member.userId);
    if (known === undefined || known.rev < member.rev) this.members.set(member.userId, member);
  }

  shown(): Shown {
    const messages = [...this.messages.values()].sort((one, other) => one.seq - other.seq);
    const last = messages.at(-1);
    const room = { ...this.room, position: { epoch: this.room.position.epoch, seq: last?.seq ?? 0, rev: this.have }, lastMessageAt: last?.createdAt ?? null };
    const members = [...this.members.values()].filter(({ leftAt, bannedAt }) => leftAt === null && bannedAt === null);
    return { room, members: members.sort(byUser), messages, readSeq: this.readSeq, unread: messages.filter(({ seq, deletedAt }) => seq > this.readSeq && deletedAt === null).length };
  }
}

/**
 * A client's memory on one device, by the client rule: a known revision is dropped, the next one is applied, a later one is
 * held for 200 ms in the hope of the missing one, and then the room is synced. It outlives its connection.
 */
export class Replica {
  readonly rooms = new Map<string, Held>();
  /** How often a push was missing on a live connection. */
  gaps = 0;
  /** How many syncs it took. */
  syncs = 0;
  /** What went wrong while nobody was waiting for it. */
  readonly faults: unknown[] = [];
  /** A push for which this says yes is lost on the way. */
  loses: (push: Push) => boolean = () => false;
  private chatter?: Chatter;
  private syncing?: Promise<void>;
  private again = false;

  constructor(readonly person: Person, private readonly limit = 200) {}

  /** Goes on with what it holds, over this connection. */
  async resume(chatter: Chatter): Promise<void> {
    this.chatter = chatter;
    chatter.socket.onAny((name: Push['name'], payload: Push['payload']) => {
      const push = { name, payload };
      if (this.chatter === chatter && !this.loses(push)) this.hear(push);
    });
    await this.sync();
  }

  get voice(): Chatter | undefined {
    return this.chatter;
  }

  drop(): void {
    this.chatter?.leave();
    this.chatter = undefined;
    for (const held of this.rooms.values()) this.forgetEarly(held);
  }

  /** One sync at a time; whoever wants one meanwhile gets another one after it. */
  sync(): Promise<void> {
    this.again = true;
    this.syncing ??= this.syncAll().finally(() => { this.syncing = undefined; });
    return this.syncing;
  }

  get quiet(): boolean {
    return this.syncing === undefined && [...this.rooms.values()].every(({ early }) => early.size === 0);
  }

  shown(): Record<string, Shown> {
    return Object.fromEntries([...this.rooms].map(([roomId, held]) => [roomId, held.shown()]));
  }

  /** A sync that is cut short with its connection is begun anew with the next one, if that is there by then; otherwise with that. */
  private async syncAll(): Promise<void> {
    while (this.again && this.chatter !== undefined) {
      this.again = false;
      this.syncs += 1;
      const { chatter } = this;
      await this.syncOver(chatter).catch((error: unknown) => { if (this.chatter === chatter && chatter.socket.connected) this.faults.push(error); });
    }
  }

  private async syncOver(chatter: Chatter): Promise<void> {
    const rooms = Object.fromEntries([...this.rooms].map(([roomId, { room, have }]) => [roomId, { epoch: room.position.epoch, rev: have }]));
    for (let cursor: string | null | undefined; cursor !== null;) {
      const reply = await chatter.ask('sync', { rooms, limit: this.limit, ...(cursor === undefined ? {} : { cursor }) });
      reply.left.forEach((roomId) => { this.forget(roomId); });
      for (const changes of reply.rooms) this.take(changes);
      cursor = reply.nextCursor;
    }
    for (const held of this.rooms.values()) await this.readBack(chatter, held);
  }

  /** What a sync says of one room. */
  private take(changes: RoomChanges): void {
    const { room, reset } = changes;
    const known = this.rooms.get(room.id);
    const held = known === undefined || reset === 'epoch' ? new Held(room, this.person.user.id) : known;
    if (known !== undefined && held !== known) this.forget(room.id);
    this.rooms.set(room.id, held);
    held.take(changes);
    this.applyEarly(held);
  }

  /** Fetches the history before the newest page, where a room began with that. What is pushed meanwhile may be about any older message. */
  private async readBack(chatter: Chatter, held: Held): Promise<void> {
    while (held.unbrokenFrom > 1 && this.rooms.get(held.room.id) === held && this.chatter === chatter) {
      const answer = await chatter.raw<{ messages: Message[] }>('fetch_messages', { roomId: held.room.id, before: held.unbrokenFrom, limit: 100 });
      if (!answer.ok) return; // removed from the room meanwhile: that is pushed as well
      answer.data.messages.forEach((message) => { held.put(message); });
    }
  }

  private hear({ name, payload }: Push): void {
    const roomId = payload.roomId as string;
    const held = this.rooms.get(roomId);
    if (name === 'room_removed') this.removed(roomId);
    else if (name === 'read') this.read(held, payload as unknown as { userId: string; readSeq: number });
    else if (name === 'room_added' || (held === undefined && 'rev' in payload)) void this.sync();
    else if (held !== undefined && name === 'head') this.compare(held, payload.rev as number);
    else if (held !== undefined && 'rev' in payload) this.durable(held, { name, payload });
  }

  private removed(roomId: string): void {
    this.forget(roomId);
    if (this.syncing !== undefined) this.again = true;
  }

  private read(held: Held | undefined, { userId, readSeq }: { userId: string; readSeq: number }): void {
    if (held !== undefined && userId === held.me) held.readSeq = Math.max(held.readSeq, readSeq);
  }

  private compare(held: Held, rev: number): void {
    if (rev > held.have) void this.sync();
  }

  private durable(held: Held, push: Push): void {
    const { rev } = push.payload as unknown as Durable;
    if (rev <= held.have) return;
    held.early.set(rev, push);
    this.applyEarly(held);
  }

  private applyEarly(held: Held): void {
    for (const rev of held.early.keys()) if (rev <= held.have) held.early.delete(rev);
    for (let next = held.early.get(held.have + 1); next !== undefined; next = held.early.get(held.have + 1)) {
      held.early.delete(held.have + 1);
      held.apply(next);
    }
    clearTimeout(held.timer);
    if (held.early.size > 0) held.timer = setTimeout(() => { this.missing(); }, holdMs);
  }

  private missing(): void {
    if (this.syncing === undefined) this.gaps += 1;
    void this.sync();
  }

  private forget(roomId: string): void {
    const held = this.rooms.get(roomId);
    if (held !== undefined) this.forgetEarly(held);
    this.rooms.delete(roomId);
  }

  private forgetEarly(held: Held): void {
    clearTimeout(held.timer);
    held.early.clear();
  }
}

/** What somebody who knows nothing yet is shown: a sync from nothing, and all of every room's history, over REST. */
export async function freshState(person: Person): Promise<Record<string, Shown>> {
  const all: SyncReply['rooms'] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { body } = await person.post<SyncReply>('/sync', cursor === undefined ? {} : { cursor });
    all.push(...body.rooms);
    cursor = body.nextCursor;
  }
  const rooms = await Promise.all(all.map(async ({ room, members, readSeq, unread }) => {
    return [room.id, { room, members: members.sort(byUser), messages: await wholeHistory(person, room.id), readSeq, unread }] as const;
  }));
  return Object.fromEntries(rooms);
}

export async function wholeHistory(person: Person, roomId: string): Promise<Message[]> {
  const all: Message[] = [];
  for (let more = true; more;) {
    const { body } = await person.get<MessagePage>(`/rooms/${roomId}/messages?limit=100&after=${all.at(-1)?.seq ?? 0}`);
    all.push(...body.messages);
    more = body.hasMoreAfter;
  }
  return all;
}

/** Unread figures of all rooms, by counters or by counting. */
export async function unreadOf(person: Person, verify: boolean): Promise<Record<string, { readSeq: number; unread: number }>> {
  const { body } = await person.get<UnreadTotals>(`/users/me/unread?verify=${verify}`);
  return Object.fromEntries(body.rooms.map(({ roomId, readSeq, unread }) => [roomId, { readSeq, unread }]));
}

/** Where two states differ, in words; empty: nowhere. */
export function differences(mine: Record<string, Shown>, fresh: Record<string, Shown>): string[] {
  return [...new Set([...Object.keys(mine), ...Object.keys(fresh)])].flatMap((roomId) => {
    const [held, real] = [mine[roomId], fresh[roomId]];
    if (held === undefined || real === undefined) return [`room ${roomId} is ${held === undefined ? 'missing' : 'still shown'}`];
    return (['room', 'members', 'messages', 'readSeq', 'unread'] as const).filter((part) => !isDeepStrictEqual(plain(held[part]), plain(real[part])))
      .map((part) => `room ${roomId}: ${part} is ${firstOf(held[part], real[part])}, fresh is ${firstOf(real[part], held[part])}`);
  });
}

/** Old state + pushes = fresh state, for everybody named, after the work; without any sync but that of a room which is new to them. */
export async function provesSync<T>(who: Chatter | Chatter[], work: () => Promise<T>): Promise<T> {
  const replicas = await Promise.all([who].flat().map(async (chatter) => {
    const replica = new Replica(chatter.person);
    await replica.resume(chatter);
    return replica;
  }));
  const result = await work();
  for (const replica of replicas) {
    const wrong = await untilEqual(replica);
    if (replica.gaps > 0) wrong.push('a push was missing');
    if (wrong.length > 0) throw new Error(`${replica.person.email}: old state + pushes is not the fresh state: ${wrong.join('; ')}`);
  }
  return result;
}

/** Waits for pushes that are still on their way. */
async function untilEqual(replica: Replica, patienceMs = 8000 + holdMs): Promise<string[]> {
  for (const deadline = Date.now() + patienceMs; ;) {
    const wrong = differences(replica.shown(), await freshState(replica.person));
    if ((wrong.length === 0 && replica.quiet) || Date.now() > deadline) return wrong;
    await pause(20);
  }
}

const byUser = (one: Member, other: Member): number => (one.userId < other.userId ? -1 : 1);

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Of two lists the first element that differs, of anything else the whole. */
function firstOf(value: unknown, other: unknown): string {
  if (!Array.isArray(value) || !Array.isArray(other)) return JSON.stringify(value);
  const at = Array.from({ length: Math.max(value.length, other.length) }, (_, i) => i).find((i) => !isDeepStrictEqual(plain(value[i] ?? null), plain(other[i] ?? null))) ?? 0;
  return `${JSON.stringify(value[at]) ?? 'nothing'} at ${at} of ${value.length}`;
}
