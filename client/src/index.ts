export { cleanText } from './clean-text.js';
export { VerbatimClient, type ClientEvents } from './client.js';
export { VerbatimError, type ClientErrorCode } from './errors.js';
export { IndexedDbStore } from './indexed-db.js';
export { operations, type Api, type OperationId } from './operations.js';
export { OutgoingMessage, type OutgoingStatus } from './outgoing.js';
export { People } from './people.js';
export { RoomHandle, type FoundMember } from './room.js';
export { toSlug } from './slug.js';
export { LocalStorageStore, MemoryStore, StoredSession, type WebStorage } from './stores.js';
export type { ClientOptions, ConnectionInfo, ConnectionState, Progress, SavedSession, SessionStore, SignedOut, StateStore } from './types.js';

// The wire, as the server has it.
export type { ErrorCode } from '../../src/contract/errors.js';
export type { PushName, PushPayload } from '../../src/contract/events.js';
export type { Message, MessagePage, Reaction } from '../../src/contract/message.dto.js';
export type { FieldProblem } from '../../src/contract/problem.dto.js';
export type { Member, MyRoom, Position, PublicRoom, Role, Room, RoomKind } from '../../src/contract/room.dto.js';
export type { Session, SignInProviders } from '../../src/contract/auth.dto.js';
export type { PresenceChanged } from '../../src/contract/socket.dto.js';
export type { OwnUser, Presence, User, UserPage, UserRole } from '../../src/contract/user.dto.js';
