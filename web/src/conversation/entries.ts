import type { Message, OutgoingMessage } from '@verbatim/client';
import { dayKey } from '../parts/time';

/** One line of the record: what is stored, or what is on its way. */
export interface Entry {
  /** The same before and after it was stored, so that the line stays where it is. */
  key: string;
  senderId: string;
  message?: Message;
  outgoing?: OutgoingMessage;
  /** The rate limit holds it back until then, or one that goes before it. */
  heldUntil?: number;
  /** Begins what one person says in a row, and therefore bears the name. */
  first: boolean;
  /** The time at which a new day begins with this entry. */
  day?: string;
  /** Everything from here on is new to me. */
  isNew: boolean;
}

interface Facts {
  messages: readonly Message[];
  myId: string;
  /** Up to here I had read when I came; null: no mark. */
  readUpTo: number | null;
  /** Whether the first message of the list is the first of the room. */
  complete: boolean;
  /** Entries that bore the name when they were on top keep it: a line that grows or shrinks would move the others. */
  heads: ReadonlySet<number>;
}

const pauseMs = 5 * 60_000;

export function storedEntries({ messages, myId, readUpTo, complete, heads }: Facts): Entry[] {
  let marked = readUpTo === null;
  return messages.map((message, index): Entry => {
    const before = messages[index - 1];
    const isNew = !marked && message.seq > (readUpTo ?? 0) && message.senderId !== myId;
    if (isNew) marked = true;
    const newDay = before === undefined ? complete : dayKey(before.createdAt) !== dayKey(message.createdAt);
    return {
      key: `${message.senderId}:${message.clientId}`, senderId: message.senderId, message, isNew,
      day: newDay ? message.createdAt : undefined,
      first: newDay || isNew || heads.has(message.seq) || !goesOn(before, message),
    };
  });
}

/** What is on its way stands below what is stored, until it is stored itself. */
export function withPending(stored: Entry[], pending: readonly OutgoingMessage[], myId: string): Entry[] {
  if (pending.length === 0) return stored;
  const there = new Set(stored.slice(-pending.length - 50).map(({ key }) => key));
  const waiting = pending.map((outgoing) => ({ key: `${myId}:${outgoing.clientId}`, senderId: myId, outgoing, isNew: false })).filter(({ key }) => !there.has(key));
  const last = stored.at(-1)?.senderId;
  let heldUntil: number | undefined;
  return [...stored, ...waiting.map((entry, index) => {
    if (entry.outgoing.status === 'sending') heldUntil ??= entry.outgoing.heldUntil;
    return { ...entry, first: index === 0 && last !== myId, heldUntil: entry.outgoing.status === 'sending' ? heldUntil : undefined };
  })];
}

function goesOn(before: Message | undefined, message: Message): boolean {
  return before?.senderId === message.senderId && message.replyTo === null && Date.parse(message.createdAt) - Date.parse(before.createdAt) < pauseMs;
}
