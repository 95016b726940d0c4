import { useLayoutEffect, useMemo, useState } from 'react';
import { flushSync } from 'react-dom';
import type { RoomHandle } from '@verbatim/client';
import { storedEntries, withPending, type Entry } from './entries';

interface Entries {
  entries: Entry[];
  /** These have older ones on top of those before: the list keeps what is in sight where it is. */
  shift: boolean;
}

/**
 * The lines of a room. The list takes note of its length while it is drawn: a drawing with a new length must not be one that React
 * sets aside for a more urgent one. So whenever the room changes they are drawn there and then, and at no other time.
 */
export function useEntries(room: RoomHandle, myId: string, readUpTo: number | null): Entries {
  const read = useMemo(() => reader(room, myId, readUpTo), [room, myId, readUpTo]);
  const [shown, setShown] = useState<Entries>(() => ({ entries: read(), shift: false }));
  useLayoutEffect(() => {
    const refresh = () => {
      const entries = read();
      setShown((before) => (before.entries === entries ? before : { entries, shift: hasOlder(before.entries, entries) }));
    };
    refresh();
    return room.subscribe(() => { flushSync(refresh); });
  }, [room, read]);
  return shown;
}

/** Entries that bore a name when they were on top or below the line of what is new keep it, as long as the room is in memory. */
const headsOf = new WeakMap<RoomHandle, Set<number>>();

/** Answers the same list while nothing has changed. */
function reader(room: RoomHandle, myId: string, readUpTo: number | null): () => Entry[] {
  const heads = headsOf.get(room) ?? new Set<number>();
  headsOf.set(room, heads);
  let [messages, pending, stored, all] = [undefined as RoomHandle['messages'] | undefined, room.pending, [] as Entry[], [] as Entry[]];
  return () => {
    if (messages === room.messages && pending === room.pending) return all;
    if (messages !== room.messages) {
      messages = room.messages;
      if (messages[0] !== undefined) heads.add(messages[0].seq);
      stored = storedEntries({ messages, myId, readUpTo, complete: !room.hasMoreBefore, heads });
      const marked = readUpTo === null ? undefined : stored.find(({ isNew }) => isNew)?.message?.seq;
      if (marked !== undefined) heads.add(marked); // the line goes, and the name stays: nothing moves
    }
    pending = room.pending;
    all = withPending(stored, pending, myId);
    return all;
  };
}

function hasOlder([before]: Entry[], [now]: Entry[]): boolean {
  return before?.message !== undefined && now?.message !== undefined && now.message.seq < before.message.seq;
}
