import type { DurablePushName, PushPayload } from '../../src/contract/events.js';
import type { Message } from '../../src/contract/message.dto.js';
import type { Member, Room } from '../../src/contract/room.dto.js';
import type { RoomChanges } from '../../src/contract/sync.dto.js';
import { Watched } from './emitter.js';
import { MemberList, type MemberChange } from './member-list.js';
import { Timeline, type Teller } from './timeline.js';

const holdMs = 200;
/** Above this the earliest are let go: the sync that is due brings them. */
const mostHeld = 500;
const savedMessages = 50;

/** A durable push, or an answer that says as much. */
export type Change = { [Name in DurablePushName]: { name: Name; payload: PushPayload<Name> } }[DurablePushName];

/** A room as it is stored between two runs. */
export interface SavedRoom {
  info: Room;
  membership: Member;
  members: Member[];
  /** Whether that is everybody; what was stored before it could say so does not. */
  allMembers?: boolean;
  messages: Message[];
  have: number;
  readSeq: number;
  unread: number;
}

export interface StateHooks {
  me(): string;
  /** A change is missing, or a figure is not known: ask the server. */
  missing(): void;
  told: Teller;
}

/**
 * One room as a client holds it: everything up to revision `have`. A known revision is dropped, the next one applied, a later
 * one held for a moment in the hope of the missing one; then the room is synced.
 */
export class RoomState extends Watched {
  info: Room;
  membership: Member;
  /** Everything up to this revision is in. */
  have = 0;
  readSeq = 0;
  unread = 0;
  readonly timeline: Timeline;
  protected readonly memberList = new MemberList();
  /** `unread` is not exact just now. */
  protected estimated = false;
  private readonly early = new Map<number, Change>();
  /** Since when a change is missing; set until it is there, or a sync was. */
  private holding: ReturnType<typeof setTimeout> | undefined;

  constructor(room: Room, membership: Member, limit: number, private readonly state: StateHooks) {
    super();
    this.info = room;
    this.membership = membership;
    this.timeline = new Timeline(limit, (message, kind) => { state.told(message, kind); });
  }

  /** Those who are in it: owners, moderators, members, each in the order in which they came. Of a large room as many as are loaded. */
  get members(): readonly Member[] {
    return this.memberList.members;
  }

  get memberCount(): number {
    return this.memberList.count;
  }

  get hasMoreMembers(): boolean {
    return !this.memberList.complete;
  }

  /** Rises with each message, whoever wrote it. */
  get lastSeq(): number {
    return Math.max(this.timeline.lastSeq, this.info.position.seq);
  }

  hear(change: Change): void {
    const { rev } = change.payload;
    if (rev <= this.have) return;
    this.early.set(rev, change);
    if (this.early.size > mostHeld) this.early.delete(Math.min(...this.early.keys()));
    this.applyEarly();
    this.changed();
  }

  /** What a sync says of this room. */
  take(changes: RoomChanges): void {
    const { position, reset, to, hasMore, messages, members } = changes;
    if (reset === undefined) this.takeChanges(messages, hasMore);
    else this.begin(messages, position.seq);
    if (reset === undefined) members.forEach((member) => { this.seat(member); });
    else this.memberList.reset(members);
    if (to >= this.have || reset !== undefined) {
      this.have = to;
      if (!hasMore) this.takeFigures(changes);
    }
    if (!hasMore) this.timeline.thaw();
    this.release();
    this.applyEarly();
    this.changed();
  }

  /** The server says where the room stands. */
  isBehind(rev: number): boolean {
    return rev > this.have;
  }

  /** I have read up to here, on whichever device. */
  moveRead(seq: number, where: 'here' | 'elsewhere' = 'elsewhere'): void {
    if (seq <= this.readSeq) return;
    this.readSeq = seq;
    this.recount();
    if (this.estimated && where === 'elsewhere') this.state.missing(); // what is not held here, only the server can count
    this.changed();
  }

  save(): SavedRoom | undefined {
    if (this.timeline.isFrozen) return undefined; // in the middle of a sync: what was stored before is still whole
    const messages = this.timeline.messages.slice(-savedMessages);
    return { info: this.info, membership: this.membership, ...this.memberList.save(), messages, have: this.have, readSeq: this.readSeq, unread: this.unread };
  }

  restore(saved: SavedRoom): void {
    this.have = saved.have;
    this.readSeq = saved.readSeq;
    this.unread = saved.unread;
    this.memberList.reset(saved.members, saved.allMembers ?? false);
    this.timeline.reset(saved.messages, saved.messages.at(-1)?.seq ?? saved.info.position.seq);
  }

  /** No timers any more. */
  close(): void {
    this.release();
    this.early.clear();
  }

  /** A message has come in, by push or by sync. */
  protected arrived(_message: Message): void {
    // for whoever extends this
  }

  private begin(page: readonly Message[], lastSeq: number): void {
    this.early.clear();
    this.timeline.reset(page, lastSeq);
    page.forEach((message) => { this.arrived(message); });
  }

  private takeChanges(messages: readonly Message[], hasMore: boolean): void {
    if (hasMore) this.timeline.freeze();
    for (const message of messages) this.put(message);
  }

  /** As of `position.rev`, which this room has just reached. */
  private takeFigures({ room, membership, readSeq, unread, position }: RoomChanges): void {
    this.info = { ...room, position };
    this.membership = membership;
    const ahead = this.readSeq > readSeq; // marked here, and not yet known there
    this.readSeq = Math.max(this.readSeq, readSeq);
    this.unread = unread;
    this.estimated = false;
    if (ahead) this.recount();
  }

  private applyEarly(): void {
    const before = this.have;
    for (const rev of this.early.keys()) if (rev <= this.have) this.early.delete(rev);
    for (let next = this.early.get(this.have + 1); next !== undefined; next = this.early.get(this.have + 1)) {
      this.early.delete(this.have + 1);
      this.apply(next);
    }
    if (this.have > before || this.early.size === 0) this.release();
    if (this.early.size > 0) this.holding ??= setTimeout(() => { this.state.missing(); }, holdMs);
  }

  private release(): void {
    clearTimeout(this.holding);
    this.holding = undefined;
  }

  private apply({ name, payload }: Change): void {
    this.have = payload.rev;
    if (name === 'room_updated') this.info = payload.room;
    else if (name === 'new_message' || name === 'message_updated') this.applyMessage(name, payload);
    else this.seat(payload.member, name);
  }

  private applyMessage(name: 'new_message' | 'message_updated', message: Message): void {
    this.put(message);
    const { epoch, seq } = this.info.position;
    this.info = { ...this.info, position: { epoch, seq: Math.max(seq, message.seq), rev: this.have }, lastMessageAt: message.seq > seq ? message.createdAt : this.info.lastMessageAt };
    if (message.senderId === this.state.me()) this.moveRead(message.seq);
    else if (message.seq > this.readSeq && name === 'new_message') this.unread += 1;
    else if (message.seq > this.readSeq && message.deletedAt !== null) this.unread = Math.max(0, this.unread - 1);
  }

  private put(message: Message): void {
    this.timeline.put(message);
    this.arrived(message);
  }

  private seat(member: Member, change?: MemberChange): void {
    this.memberList.seat(member, change);
    if (member.userId === this.state.me() && member.rev > this.membership.rev) this.membership = member;
  }

  /** Counts what is held after the read marker; more than that is estimated until the server says. */
  private recount(): void {
    this.estimated = this.readSeq < this.lastSeq && (this.timeline.isFrozen || this.timeline.from > this.readSeq + 1);
    if (this.estimated) this.unread = Math.min(this.unread, this.lastSeq - this.readSeq);
    else this.unread = this.timeline.messages.filter(({ seq, deletedAt }) => seq > this.readSeq && deletedAt === null).length;
  }
}
