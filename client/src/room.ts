import type { RequestBody, RequestName, RequestReply } from '../../src/contract/events.js';
import type { Message } from '../../src/contract/message.dto.js';
import type { Member, Room } from '../../src/contract/room.dto.js';
import type { RoomChanges } from '../../src/contract/sync.dto.js';
import type { RoomRemoved } from '../../src/contract/socket.dto.js';
import type { User } from '../../src/contract/user.dto.js';
import { cleanText } from './clean-text.js';
import { LookSignal } from './looking.js';
import type { Api } from './operations.js';
import type { OutgoingMessage } from './outgoing.js';
import { RoomState, type StateHooks } from './room-state.js';
import { TypingPeople, TypingSignal } from './typing.js';

const readPauseMs = 300;

/** What a room needs of its client. */
export interface RoomHooks extends StateHooks {
  api: Api;
  messagesInMemory: number;
  /** Over the socket; `not_connected` when there is none. */
  ask<Name extends RequestName>(name: Name, body: RequestBody<Name>): Promise<RequestReply<Name>>;
  /** Over the socket, or else over REST. */
  either<T>(overSocket: () => Promise<T>, overRest: () => Promise<T>): Promise<T>;
  nameOf(userId: string): string | undefined;
  learn(user: User): void;
  outbox: {
    waiting(roomId: string): readonly OutgoingMessage[];
    add(what: { roomId: string; text: string; replyTo?: number }): OutgoingMessage;
    arrived(message: Message): void;
  };
}

export interface FoundMember {
  member: Member;
  user: User;
}

/** A room that I am in. */
export class RoomHandle extends RoomState {
  /** How many people look at it now. */
  viewers = 0;
  /** Set when I am no longer in it. */
  gone: RoomRemoved['reason'] | undefined;
  private settled: readonly OutgoingMessage[] = [];
  private pendingList: readonly OutgoingMessage[] = [];
  /** I moved my read marker, and the server may not know. */
  private unconfirmed = false;
  private readTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly typists: TypingPeople;
  private readonly typingSignal: TypingSignal;
  private readonly lookSignal: LookSignal;

  constructor(room: Room, membership: Member, private readonly hooks: RoomHooks) {
    super(room, membership, hooks.messagesInMemory, hooks);
    this.typists = new TypingPeople(() => { this.changed(); });
    this.typingSignal = new TypingSignal((typing) => {
      hooks.ask('typing', { roomId: this.id, typing }).catch(() => undefined); // nobody misses it
    });
    this.lookSignal = new LookSignal((looking) => hooks.ask('look', { roomId: this.id, looking }));
  }

  get id(): string {
    return this.info.id;
  }

  /** Its name; a private chat is named after the other one. */
  get title(): string {
    const other = this.partner;
    return other === undefined ? this.info.name || 'Me' : (this.hooks.nameOf(other) ?? '…');
  }

  /** The other one of a private chat. */
  get partner(): string | undefined {
    return this.info.userIds?.find((userId) => userId !== this.hooks.me());
  }

  /** By `seq`, without holes. A new list when it changes. */
  get messages(): readonly Message[] {
    return this.timeline.messages;
  }

  get hasMoreBefore(): boolean {
    return this.timeline.hasMoreBefore;
  }

  /** What I said and what is not among the messages yet, in order. A new list when it changes. */
  get pending(): readonly OutgoingMessage[] {
    const shown = this.messages.at(-1)?.seq ?? 0;
    this.settled = this.settled.filter(({ message }) => (message?.seq ?? 0) > shown);
    const list = [...this.settled, ...this.hooks.outbox.waiting(this.id)];
    const same = list.length === this.pendingList.length && list.every((each, i) => each === this.pendingList[i]);
    if (!same) this.pendingList = list;
    return this.pendingList;
  }

  /** Who is typing, without me. */
  get typing(): readonly string[] {
    return this.typists.list;
  }

  /** Shown at once, without control characters, and sent as soon as that is possible: over the socket, over REST, now or after the network is back. */
  send(text: string, options: { replyTo?: number } = {}): OutgoingMessage {
    this.typingSignal.said();
    const { replyTo } = options;
    return this.hooks.outbox.add({ roomId: this.id, text: cleanText(text), ...(replyTo === undefined ? {} : { replyTo }) });
  }

  /** Fetches older messages. False: there were none. */
  async loadEarlier(limit = 50): Promise<boolean> {
    const found = await this.timeline.loadEarlier(async (before) => {
      const { messages } = await this.hooks.api.listMessages({ id: this.id, before, limit });
      return messages;
    });
    this.changed();
    return found;
  }

  async edit(messageId: string, newText: string, expectedRev?: number): Promise<void> {
    const text = cleanText(newText);
    const rev = expectedRev === undefined ? {} : { expectedRev };
    const { hooks } = this;
    this.show(await hooks.either(async () => (await hooks.ask('edit_message', { messageId, text, ...rev })).message, () => hooks.api.editMessage({ id: messageId, text, ...rev })));
  }

  async delete(messageId: string): Promise<void> {
    const { hooks } = this;
    this.show(await hooks.either(async () => (await hooks.ask('delete_message', { messageId })).message, () => hooks.api.deleteMessage({ id: messageId }).then(nothing)));
  }

  async react(messageId: string, emoji: string): Promise<void> {
    const { hooks } = this;
    this.show(await hooks.either(async () => (await hooks.ask('add_reaction', { messageId, emoji })).message, () => hooks.api.addReaction({ id: messageId, emoji }).then(nothing)));
  }

  async unreact(messageId: string, emoji: string): Promise<void> {
    const { hooks } = this;
    this.show(await hooks.either(async () => (await hooks.ask('remove_reaction', { messageId, emoji })).message, () => hooks.api.removeReaction({ id: messageId, emoji }).then(nothing)));
  }

  /** I have read everything, or everything up to `seq`. Shown at once; told in one go with what follows within a moment. */
  markRead(seq = this.lastSeq): void {
    if (seq <= this.readSeq) return;
    this.moveRead(seq, 'here');
    this.readTimer ??= setTimeout(() => { void this.tellRead(); }, readPauseMs);
  }

  /** As often as you like. */
  setTyping(typing: boolean): void {
    this.typingSignal.set(typing);
  }

  /** Fetches more of the members of a large room. False: all of them were there. */
  async loadMembers(limit = 100): Promise<boolean> {
    const found = await this.memberList.load(async (cursor) => {
      const page = await this.hooks.api.listMembers({ id: this.id, limit, ...(cursor === undefined ? {} : { cursor }) });
      page.users.forEach((user) => { this.hooks.learn(user); });
      return page;
    });
    this.changed();
    return found;
  }

  /** Members whose name or username begins like this, whether they are loaded or not. */
  async findMembers(query: string, limit = 50): Promise<FoundMember[]> {
    const { members, users } = await this.hooks.api.listMembers({ id: this.id, query, limit });
    users.forEach((user) => { this.hooks.learn(user); });
    return users.flatMap((user) => members.filter(({ userId }) => userId === user.id).map((member) => ({ member, user })));
  }

  /** Ends my membership. */
  async leave(): Promise<void> {
    await this.hooks.api.leaveRoom({ id: this.id });
  }

  /** Whether it is on my screen. */
  get looking(): boolean {
    return this.lookSignal.looking;
  }

  /** It is on my screen: I count as a viewer. */
  look(): void {
    void this.lookSignal.set(true);
    void this.countMembers();
  }

  /** It is not. Messages that were loaded from further back are let go. */
  lookAway(): void {
    void this.lookSignal.set(false);
    this.typingSignal.set(false);
    this.timeline.release();
    this.changed();
  }

  // From here on for the client, not for its users.

  /** A new connection knows nothing of what I told the last one. */
  async connected(): Promise<void> {
    await this.lookSignal.believed(false);
    if (this.readSeq > 0 && this.readTimer === undefined && this.unconfirmed) await this.tellRead();
  }

  /** The server takes whoever joins for somebody who looks. */
  joined(): void {
    void this.lookSignal.believed(true);
  }

  override take(changes: RoomChanges): void {
    super.take(changes);
    void this.countMembers();
  }

  disconnected(): void {
    if (this.viewers === 0 && this.typing.length === 0) return;
    this.viewers = 0;
    this.typists.clear();
    this.changed();
  }

  somebodyTypes(userId: string, typing: boolean): void {
    if (userId !== this.hooks.me()) this.typists.note(userId, typing);
  }

  showViewers(viewers: number): void {
    this.viewers = viewers;
    this.changed();
  }

  /** Stored at the server: it stays in sight until the room shows it. */
  settle(message: OutgoingMessage): void {
    this.settled = [...this.settled, message];
    if (message.message !== undefined) this.hear({ name: 'new_message', payload: message.message });
    this.changed();
  }

  refresh(): void {
    this.changed();
  }

  /** One of those that wait fares otherwise than before: whoever compares lists is to see it. */
  renewPending(): void {
    this.pendingList = [];
    this.changed();
  }

  remove(reason: RoomRemoved['reason']): void {
    this.gone = reason;
    this.close();
    this.changed();
  }

  override close(): void {
    super.close();
    clearTimeout(this.readTimer);
    this.typists.clear();
    this.typingSignal.clear();
  }

  protected override arrived(message: Message): void {
    if (message.senderId === this.hooks.me()) this.hooks.outbox.arrived(message);
    else this.typists.note(message.senderId, false);
  }

  private async tellRead(): Promise<void> {
    this.readTimer = undefined;
    this.unconfirmed = true;
    const seq = this.readSeq;
    const { hooks } = this;
    try {
      await hooks.either(() => hooks.ask('mark_read', { roomId: this.id, seq }), () => hooks.api.markRead({ id: this.id, seq }));
      this.unconfirmed = this.readSeq > seq;
      if (this.estimated) this.hooks.missing();
    } catch {
      // told again after the next sync
    }
  }

  /** Of a large room only the server knows how many are in it; asked for while it is on the screen. */
  private async countMembers(): Promise<void> {
    if (!this.memberList.isUncounted || !this.looking) return;
    const page = await this.hooks.api.listMembers({ id: this.id, limit: 1 }).catch(nothing); // asked for again after the next sync
    if (page === undefined) return;
    this.memberList.countIs(page.total);
    this.changed();
  }

  /** An answer says as much as the push of the same change. */
  private show(message: Message | undefined): void {
    if (message !== undefined) this.hear({ name: 'message_updated', payload: message });
  }
}

const nothing = (): undefined => undefined;
