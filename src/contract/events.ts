import type { ErrorCode } from './errors.js';
import { Message, SocketSendDto } from './message.dto.js';
import { ReadState } from './read.dto.js';
import { JoinedRoom } from './room.dto.js';
import {
  EditMessageDto, FetchedMessages, FetchMessagesDto, Head, JoinRoomDto, LookDto, MarkReadDto, MemberChanged, MessageRefDto, MessageReply, Nothing, PeoplePresence, PresenceChanged, RateLimited, ReactDto,
  ReadMoved, RefreshTokenDto, RoomAdded, RoomRefDto, RoomRemoved, RoomStats, RoomUpdated, Sent, ServerClosing, SessionRevoked, TokenState, Typing, TypingDto, WatchPresenceDto,
} from './socket.dto.js';
import { SyncDto, SyncReply } from './sync.dto.js';
import { FetchedUsers, FetchUsersDto, User } from './user.dto.js';

/** What every socket request may be refused with, besides what is its own. An event that is not in the table is `unknown_event`. */
export const commonRefusals = ['bad_arguments', 'too_deep', 'invalid_input', 'unauthenticated', 'rate_limited', 'internal', 'unavailable'] as const satisfies readonly ErrorCode[];

/** Why a connection is not made: `connect_error`, with one of these as `data.code`. */
export const connectRefusals = ['unauthenticated', 'too_many_sockets', 'rate_limited', 'internal', 'unavailable'] as const satisfies readonly ErrorCode[];

interface RequestEntry {
  body: new () => object;
  reply: new () => object;
  about: string;
  refuses: readonly ErrorCode[];
}

/** Every socket request, once: what it takes, what its ack carries, and why it may be refused. Types, handlers and the AsyncAPI document follow from it. */
export const requests = {
  sync: {
    body: SyncDto,
    reply: SyncReply,
    about: 'Everything that changed in my rooms since what I hold. Also makes this socket hear all of them.',
    refuses: [],
  },
  join_room: {
    body: JoinRoomDto,
    reply: JoinedRoom,
    about: 'Become a member if I am not, look at the room, and get its earlier conversation.',
    refuses: ['not_found', 'not_a_member', 'banned', 'room_archived'],
  },
  leave_room: {
    body: RoomRefDto,
    reply: Nothing,
    about: 'Stop hearing this room on this socket. I stay a member.',
    refuses: ['not_found'],
  },
  look: {
    body: LookDto,
    reply: Nothing,
    about: 'Say that a room of mine is on my screen, or no longer. I hear it all the same, and unlike `join_room` this never makes me a member.',
    refuses: ['not_found', 'not_a_member', 'banned'],
  },
  new_message: {
    body: SocketSendDto,
    reply: Sent,
    about: 'Send a message. Answered once it is stored; the same `clientId` never makes a second one.',
    refuses: ['not_found', 'not_a_member', 'banned', 'room_archived', 'idempotency_conflict', 'outcome_unknown'],
  },
  fetch_messages: {
    body: FetchMessagesDto,
    reply: FetchedMessages,
    about: 'A page of history, going back in time.',
    refuses: ['not_found', 'not_a_member', 'banned'],
  },
  fetch_users: {
    body: FetchUsersDto,
    reply: FetchedUsers,
    about: 'Who these people are. Unknown ids are missing in the answer.',
    refuses: [],
  },
  edit_message: {
    body: EditMessageDto,
    reply: MessageReply,
    about: 'Change the text of one of my messages.',
    refuses: ['not_found', 'forbidden', 'not_a_member', 'banned', 'stale_rev', 'message_deleted', 'room_archived'],
  },
  delete_message: {
    body: MessageRefDto,
    reply: MessageReply,
    about: 'Delete a message. Its number stays, as a tombstone.',
    refuses: ['not_found', 'forbidden', 'not_a_member', 'banned', 'room_archived'],
  },
  add_reaction: {
    body: ReactDto,
    reply: MessageReply,
    about: 'React to a message. Doing it twice is doing it once.',
    refuses: ['not_found', 'not_a_member', 'banned', 'message_deleted', 'too_many_reactions', 'room_archived'],
  },
  remove_reaction: {
    body: ReactDto,
    reply: MessageReply,
    about: 'Take a reaction back.',
    refuses: ['not_found', 'not_a_member', 'banned', 'message_deleted', 'room_archived'],
  },
  mark_read: {
    body: MarkReadDto,
    reply: ReadState,
    about: 'Move my read marker forward, on all my devices.',
    refuses: ['not_found', 'not_a_member', 'banned'],
  },
  typing: {
    body: TypingDto,
    reply: Nothing,
    about: 'Tell the room that I am typing, or no longer. It ends by itself after six seconds.',
    refuses: ['not_found', 'not_a_member', 'banned', 'room_archived'],
  },
  watch_presence: {
    body: WatchPresenceDto,
    reply: PeoplePresence,
    about: 'Say whose presence this socket shows now, instead of those before. In a room with many members this is the only way to hear of it. Answers how they are.',
    refuses: [],
  },
  refresh_token: {
    body: RefreshTokenDto,
    reply: TokenState,
    about: 'Go on with a newer access token, without reconnecting.',
    refuses: [],
  },
} as const satisfies Record<string, RequestEntry>;

/** Every push, once. Durable ones carry the room's `rev`. */
export const pushes = {
  new_message: { payload: Message, durable: true, about: 'A message was stored.' },
  message_updated: { payload: Message, durable: true, about: 'A message was edited, deleted or reacted to; its latest state.' },
  room_updated: { payload: RoomUpdated, durable: true, about: 'Name, topic or address of a room changed, or it was archived.' },
  member_joined: { payload: MemberChanged, durable: true, about: 'Somebody is now a member.' },
  member_updated: { payload: MemberChanged, durable: true, about: 'Somebody has another role.' },
  member_left: { payload: MemberChanged, durable: true, about: 'Somebody left, was removed or was banned.' },
  room_added: { payload: RoomAdded, durable: false, about: 'I am now in this room. Sync it.' },
  room_removed: { payload: RoomRemoved, durable: false, about: 'I am no longer in this room.' },
  read: { payload: ReadMoved, durable: false, about: 'Somebody has read up to here: I, on another device, or, in rooms of at most fifty, anybody.' },
  typing: { payload: Typing, durable: false, about: 'Somebody is typing, or no longer.' },
  presence: { payload: PresenceChanged, durable: false, about: 'Somebody whom I share a private chat with, or look at a room with, came or went. In rooms of more than a hundred members see `presence_digest`.' },
  presence_digest: { payload: PeoplePresence, durable: false, about: 'People whom this socket watches came or went; once in three seconds at most. Not those of whom `presence` told.' },
  user_updated: { payload: User, durable: false, about: 'Somebody has another name, username or picture. Everybody in the lobby is told.' },
  room_stats: { payload: RoomStats, durable: false, about: 'How many people look at a room.' },
  head: { payload: Head, durable: false, about: 'Where a room stands, now and then: who holds less has lost a push and should sync.' },
  session_revoked: { payload: SessionRevoked, durable: false, about: 'This session has ended; the connection is closed next.' },
  token_expiring: { payload: TokenState, durable: false, about: 'A minute from now this connection ends, unless a newer token comes.' },
  server_closing: { payload: ServerClosing, durable: false, about: 'The server stops; come back when it says.' },
  rate_limited: { payload: RateLimited, durable: false, about: 'Hundreds of requests were refused and more came; this connection is closed next, and new ones are refused for so long.' },
} as const;

export type RequestName = keyof typeof requests;
export type RequestBody<Name extends RequestName> = InstanceType<(typeof requests)[Name]['body']>;
export type RequestReply<Name extends RequestName> = InstanceType<(typeof requests)[Name]['reply']>;

export type PushName = keyof typeof pushes;
export type PushPayload<Name extends PushName> = InstanceType<(typeof pushes)[Name]['payload']>;
export type DurablePushName = { [Name in PushName]: (typeof pushes)[Name]['durable'] extends true ? Name : never }[PushName];
