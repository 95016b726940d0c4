import type {
  ChangePasswordDto, ConfirmSignInDto, ExchangeCodeDto, GoogleIdTokenDto, LoginDto, RefreshDto, RegisterDto, SessionIdParam, SessionList, SignedIn, SignInProviders, Tokens,
} from '../../src/contract/auth.dto.js';
import type { Live, Ready, Version } from '../../src/contract/health.dto.js';
import type {
  EditDto, HistoryQuery, Message, MessageIdParam, MessagePage, PeerIdParam, ReactionParam, SendDto, SendToRoomDto,
} from '../../src/contract/message.dto.js';
import type { ReadDto, ReadState, UnreadQuery, UnreadTotals } from '../../src/contract/read.dto.js';
import type {
  AddMemberDto, CreateRoomDto, JoinedRoom, Member, MemberPage, MemberParam, MembersQuery, MyRoom, MyRooms, MyRoomsQuery, PublicRoomPage, PublicRoomsQuery, RemoveMemberQuery, Room, RoomRefParam,
  UpdateMemberDto, UpdateRoomDto,
} from '../../src/contract/room.dto.js';
import type { SyncDto, SyncReply } from '../../src/contract/sync.dto.js';
import type { OwnUser, SetDisabledDto, SetRoleDto, UpdateMeDto, User, UserIdParam, UserPage, UsersQuery } from '../../src/contract/user.dto.js';

/**
 * Every REST operation, named by its `operationId`. Path parameters, query and body are the fields of one object. The two steps
 * of Google's redirect are missing: a page goes there instead of asking.
 */
export interface Api {
  listUsers(args?: UsersQuery): Promise<UserPage>;
  getMe(): Promise<OwnUser>;
  updateMe(args: UpdateMeDto): Promise<OwnUser>;
  getUser(args: UserIdParam): Promise<User>;
  setDisabled(args: UserIdParam & SetDisabledDto): Promise<User>;
  setRole(args: UserIdParam & SetRoleDto): Promise<User>;

  /** Use `chat.register` to stay signed in. */
  register(args: RegisterDto): Promise<SignedIn>;
  /** Use `chat.login` to stay signed in. */
  login(args: LoginDto): Promise<SignedIn>;
  /** The client does this by itself. */
  refresh(args: RefreshDto): Promise<Tokens>;
  /** Use `chat.logout` to forget everything as well. */
  logout(): Promise<void>;
  logoutAll(): Promise<void>;
  listSessions(): Promise<SessionList>;
  endSession(args: SessionIdParam): Promise<void>;
  confirmSignIn(args: ConfirmSignInDto): Promise<void>;
  changePassword(args: ChangePasswordDto): Promise<void>;
  getSignInProviders(): Promise<SignInProviders>;
  signInWithGoogle(args: GoogleIdTokenDto): Promise<SignedIn>;
  /** Use `chat.exchange` to stay signed in. */
  exchangeSignInCode(args: ExchangeCodeDto): Promise<SignedIn>;

  createRoom(args: CreateRoomDto): Promise<Room>;
  listMyRooms(args?: MyRoomsQuery): Promise<MyRooms>;
  listPublicRooms(args?: PublicRoomsQuery): Promise<PublicRoomPage>;
  getRoom(args: RoomRefParam): Promise<Room>;
  updateRoom(args: RoomRefParam & UpdateRoomDto): Promise<Room>;
  archiveRoom(args: RoomRefParam): Promise<void>;
  unarchiveRoom(args: RoomRefParam): Promise<Room>;
  joinRoom(args: RoomRefParam): Promise<JoinedRoom>;
  leaveRoom(args: RoomRefParam): Promise<void>;
  openDirectRoom(args: PeerIdParam): Promise<MyRoom>;
  markRead(args: RoomRefParam & ReadDto): Promise<ReadState>;
  getUnread(args?: UnreadQuery): Promise<UnreadTotals>;
  listMembers(args: RoomRefParam & MembersQuery): Promise<MemberPage>;
  addMember(args: RoomRefParam & AddMemberDto): Promise<Member>;
  setMemberRole(args: MemberParam & UpdateMemberDto): Promise<Member>;
  removeMember(args: MemberParam & RemoveMemberQuery): Promise<void>;

  listMessages(args: RoomRefParam & HistoryQuery): Promise<MessagePage>;
  sendToRoom(args: RoomRefParam & SendToRoomDto): Promise<Message>;
  sendMessage(args: SendDto): Promise<Message>;
  listConversation(args: PeerIdParam & HistoryQuery): Promise<MessagePage>;
  getMessage(args: MessageIdParam): Promise<Message>;
  editMessage(args: MessageIdParam & EditDto): Promise<Message>;
  deleteMessage(args: MessageIdParam): Promise<void>;
  addReaction(args: ReactionParam): Promise<void>;
  removeReaction(args: ReactionParam): Promise<void>;
  sync(args: SyncDto): Promise<SyncReply>;

  isLive(): Promise<Live>;
  isReady(): Promise<Ready>;
  getVersion(): Promise<Version>;
  getMetrics(): Promise<string>;
}

export type OperationId = keyof Api;

/** Where each operation is found. A test compares it with the OpenAPI document. */
export const operations: Record<OperationId, `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`> = {
  listUsers: 'GET /api/v1/users',
  getMe: 'GET /api/v1/users/me',
  updateMe: 'PATCH /api/v1/users/me',
  getUser: 'GET /api/v1/users/{id}',
  setDisabled: 'PUT /api/v1/users/{id}/disabled',
  setRole: 'PUT /api/v1/users/{id}/role',
  register: 'POST /api/v1/auth/register',
  login: 'POST /api/v1/auth/login',
  refresh: 'POST /api/v1/auth/refresh',
  logout: 'POST /api/v1/auth/logout',
  logoutAll: 'POST /api/v1/auth/logout-all',
  listSessions: 'GET /api/v1/auth/sessions',
  confirmSignIn: 'POST /api/v1/auth/confirm',
  endSession: 'DELETE /api/v1/auth/sessions/{id}',
  changePassword: 'POST /api/v1/auth/password',
  getSignInProviders: 'GET /api/v1/auth/providers',
  signInWithGoogle: 'POST /api/v1/auth/google',
  exchangeSignInCode: 'POST /api/v1/auth/exchange',
  createRoom: 'POST /api/v1/rooms',
  listMyRooms: 'GET /api/v1/rooms',
  listPublicRooms: 'GET /api/v1/rooms/public',
  getRoom: 'GET /api/v1/rooms/{id}',
  updateRoom: 'PATCH /api/v1/rooms/{id}',
  archiveRoom: 'DELETE /api/v1/rooms/{id}',
  unarchiveRoom: 'POST /api/v1/rooms/{id}/unarchive',
  joinRoom: 'POST /api/v1/rooms/{id}/join',
  leaveRoom: 'POST /api/v1/rooms/{id}/leave',
  openDirectRoom: 'PUT /api/v1/dms/{userId}',
  markRead: 'PUT /api/v1/rooms/{id}/read',
  getUnread: 'GET /api/v1/users/me/unread',
  listMembers: 'GET /api/v1/rooms/{id}/members',
  addMember: 'POST /api/v1/rooms/{id}/members',
  setMemberRole: 'PATCH /api/v1/rooms/{id}/members/{userId}',
  removeMember: 'DELETE /api/v1/rooms/{id}/members/{userId}',
  listMessages: 'GET /api/v1/rooms/{id}/messages',
  sendToRoom: 'POST /api/v1/rooms/{id}/messages',
  sendMessage: 'POST /api/v1/messages',
  listConversation: 'GET /api/v1/conversations/{userId}/messages',
  getMessage: 'GET /api/v1/messages/{id}',
  editMessage: 'PATCH /api/v1/messages/{id}',
  deleteMessage: 'DELETE /api/v1/messages/{id}',
  addReaction: 'PUT /api/v1/messages/{id}/reactions/{emoji}',
  removeReaction: 'DELETE /api/v1/messages/{id}/reactions/{emoji}',
  sync: 'POST /api/v1/sync',
  isLive: 'GET /health/live',
  isReady: 'GET /health/ready',
  getVersion: 'GET /version',
  getMetrics: 'GET /metrics',
};

/** They work without a token, and a wrong token must not be in their way. */
export const withoutToken: ReadonlySet<OperationId> = new Set([
  'register', 'login', 'refresh', 'getSignInProviders', 'signInWithGoogle', 'exchangeSignInCode', 'isLive', 'isReady', 'getVersion', 'getMetrics',
]);
