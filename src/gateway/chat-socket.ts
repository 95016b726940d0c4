import type { Socket } from 'socket.io';
import type { Me } from '../common/me.js';
import type { PushName, PushPayload } from '../contract/events.js';

export interface SocketData {
  me: Me;
  /** When the access token ends, in seconds since 1970. */
  exp: number;
  /** Whether it has been told that the token is about to end. */
  warned: boolean;
  /** Rooms that it stopped hearing although its user is a member. */
  muted: Set<string>;
  /** How often it joined channels since it connected. */
  joins: number;
  /** The people whose presence it shows. */
  watched: ReadonlySet<string>;
  /** Requests that are not answered yet. */
  underWay: number;
}

type Pushes = { [Name in PushName]: (payload: PushPayload<Name>) => void };

/** One connection of one session. */
export type ChatSocket = Socket<Record<string, (...args: unknown[]) => void>, Pushes, Record<string, never>, SocketData>;
