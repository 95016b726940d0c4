import type { PresenceChanged } from '../../src/contract/socket.dto.js';
import type { OwnUser, User } from '../../src/contract/user.dto.js';
import type { TokenDelivery } from '../../src/contract/auth.dto.js';
import type { VerbatimError } from './errors.js';

export type ConnectionState = 'offline' | 'connecting' | 'syncing' | 'online';

/** How the connection is. A new object at each change. */
export interface ConnectionInfo {
  readonly state: ConnectionState;
  /** Why it is not online. */
  readonly reason?: string;
  /** When it is tried again, counted from the moment of the event. */
  readonly retryInMs?: number;
}

/** Keeps values by key: the outbox and what is known of rooms. Values are plain JSON. */
export interface StateStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  keys(prefix: string): Promise<string[]>;
  /** All values below a prefix at once, for stores in which one request for each of thousands takes long. */
  all?(prefix: string): Promise<unknown[]>;
}

export interface SavedSession {
  user: OwnUser;
  /** Absent in browsers that hold the refresh token in a cookie. */
  refreshToken?: string;
  accessToken?: string;
  /** Milliseconds since 1970. */
  expiresAt?: number;
}

/** Keeps who is signed in. */
export interface SessionStore {
  load(): Promise<SavedSession | undefined>;
  save(session: SavedSession): Promise<void>;
  /** Forgets the session. What `saveDevice` kept stays. */
  clear(): Promise<void>;
  /** The device token of the latest sign-in, with which one signs in again while others guess at the password. */
  loadDevice?(): Promise<string | undefined>;
  saveDevice?(token: string): Promise<void>;
  /** Nobody else who shares this store renews tokens meanwhile. */
  exclusively?<T>(work: () => Promise<T>): Promise<T>;
}

export interface ClientOptions {
  url: string;
  store?: StateStore;
  session?: SessionStore;
  delivery?: TokenDelivery;
  /** How many messages of each room are kept in memory; older ones are fetched again. */
  messagesInMemory?: number;
}

export interface Progress {
  /** Changes fetched so far. */
  done: number;
  /** Changes to fetch, as far as is known. */
  total: number;
}

export interface SignedOut {
  /** What ended the session: `logout`, the server's reason, or the code of the refusal. */
  reason: string;
}

/** Events that need no room. */
export interface BaseEvents {
  connection: ConnectionInfo;
  presence: PresenceChanged;
  people: User;
  progress: Progress;
  signed_out: SignedOut;
  error: VerbatimError;
}
