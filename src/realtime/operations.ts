import { pushes, type DurablePushName, type PushName } from '../contract/events.js';

/** What nodes tell each other: not frames for sockets, but what happened, so that each node does the same with its own sockets. */
export interface Operations {
  /** A change of a room, for everyone who hears it. */
  push: { name: DurablePushName; payload: { roomId: string; rev: number } };
  /** For everyone who hears the room, and these people, without a revision. */
  passing: { roomId: string; userIds: string[]; name: PushName; payload: object };
  to_users: { userIds: string[]; name: PushName; payload: object };
  /** For somebody who came into a room or lost it, unless a later change of their membership is known by then. */
  to_moved: { userId: string; rev: number; name: 'room_added' | 'room_removed'; payload: { roomId: string } };
  enter: { userId: string; roomId: string; rev: number };
  expel: { userId: string; roomId: string; rev: number };
  sessions_ended: { userId: string; sids: string[]; reason: string };
  /** The rights of these sessions have changed. */
  sessions_changed: { sids: string[] };
  typing: { roomId: string; userId: string; typing: boolean };
  /** How many sockets somebody has on the sender's node; zero with `online` is who uses REST only. */
  here: { userId: string; online: boolean; sockets: number };
  /** A session has lost its last socket on the sender's node: what it asked elsewhere a moment ago does not keep it here. */
  left: { userId: string; sid: string };
  /** Everybody on the sender's node, with their sockets. */
  all_here: { people: Record<string, number> };
  /** Who came to look at a room on the sender's node, and who looked away. */
  looks: { roomId: string; came: string[]; went: string[] };
  /** Everything that is on a screen on the sender's node. */
  all_looks: { rooms: Record<string, string[]> };
  /** The sender is here. Its state follows in the same batch; when it asks, the others tell theirs. */
  hello: { asks: boolean };
  /** The sender stops, and nobody is left on it. */
  bye: { graceful: true };
}

export type OperationName = keyof Operations;
export type Operation = { [Name in OperationName]: [Name, Operations[Name]] }[OperationName];

export interface Batch {
  /** The sender, by the name of its process. */
  from: string;
  /** 1, 2, 3 … for each sender: a gap tells that something was lost. */
  n: number;
  operations: Operation[];
}

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string' && value.length <= 200;
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const flag: Check = (value) => typeof value === 'boolean';
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const mapOf = (check: Check): Check => (value) => isObject(value) && Object.values(value).every(check);
const push: Check = (value) => Object.hasOwn(pushes, value as PropertyKey);
const durable: Check = (value) => push(value) && pushes[value as PushName].durable;
const move: Check = (value) => value === 'room_added' || value === 'room_removed';
const change: Check = (value) => isObject(value) && text(value.roomId) && count(value.rev);

/** What each operation must look like before anybody acts on it. */
const shapes: { [Name in OperationName]: Record<keyof Operations[Name], Check> } = {
  push: { name: durable, payload: change },
  passing: { roomId: text, userIds: texts, name: push, payload: isObject },
  to_users: { userIds: texts, name: push, payload: isObject },
  to_moved: { userId: text, rev: count, name: move, payload: (value) => isObject(value) && text(value.roomId) },
  enter: { userId: text, roomId: text, rev: count },
  expel: { userId: text, roomId: text, rev: count },
  sessions_ended: { userId: text, sids: texts, reason: text },
  sessions_changed: { sids: texts },
  typing: { roomId: text, userId: text, typing: flag },
  here: { userId: text, online: flag, sockets: count },
  left: { userId: text, sid: text },
  all_here: { people: mapOf(count) },
  looks: { roomId: text, came: texts, went: texts },
  all_looks: { rooms: mapOf(texts) },
  hello: { asks: flag },
  bye: { graceful: flag },
};

/** What a text says, or null when no node of ours can have written it. An operation that is not understood is left out: the node that sent it may be newer. */
export function readBatch(written: string): Batch | null {
  let batch: unknown;
  try {
    batch = JSON.parse(written);
  } catch {
    return null;
  }
  if (!isObject(batch) || !text(batch.from) || !count(batch.n) || !Array.isArray(batch.operations)) return null;
  return { from: batch.from as string, n: batch.n as number, operations: batch.operations.filter(isOperation) };
}

function isOperation(value: unknown): value is Operation {
  if (!Array.isArray(value) || typeof value[0] !== 'string' || !Object.hasOwn(shapes, value[0]) || !isObject(value[1])) return false;
  const body = value[1];
  return Object.entries(shapes[value[0] as OperationName]).every(([field, check]) => check(body[field]));
}
