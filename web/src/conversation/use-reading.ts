import { useEffect, useLayoutEffect, useRef } from 'react';
import type { RoomHandle } from '@verbatim/client';
import type { Entry } from './entries';
import type { Scrolling } from './use-scrolling';

interface Reading {
  room: RoomHandle;
  scrolling: Scrolling;
  entries: readonly Entry[];
  readUpTo: number | null;
  setReadUpTo: (seq: number) => void;
}

interface FirstUnread {
  seq: number;
  count: number;
}

/** Moves my read marker to what is in sight, and marks where the new begins. Tells of unread messages that are out of sight, further up. */
export function useReading({ room, scrolling, entries, readUpTo, setReadUpTo }: Reading): FirstUnread | undefined {
  const { list, stuck } = scrolling;
  const unreadBefore = useRef(room.unread);
  const opened = useRef(false);

  useEffect(() => { // what comes while nobody looks begins with the mark
    if (unreadBefore.current === 0 && room.unread > 0 && (document.hidden || !stuck.current)) setReadUpTo(room.readSeq);
    unreadBefore.current = room.unread;
  }, [room.unread, room.readSeq, setReadUpTo, stuck]);

  useLayoutEffect(() => { // one begins to read where one stopped
    if (opened.current || entries.length === 0) return;
    opened.current = true;
    const index = entries.findIndex(({ isNew }) => isNew);
    if (index <= 0) return;
    stuck.current = false;
    list.current?.scrollToIndex(index, { align: 'start', offset: -96 });
  }, [entries, list, stuck]);

  const lastSeen = useRef(() => {});
  useEffect(() => {
    lastSeen.current = () => {
      const { current } = list;
      if (document.hidden || current === null) return;
      const index = stuck.current ? room.messages.length - 1 : current.findItemIndex(current.scrollOffset + current.viewportSize - 24);
      const seq = entries[index]?.message?.seq ?? room.messages.at(-1)?.seq;
      if (seq !== undefined && seq > room.readSeq) room.markRead(seq);
    };
  });
  useEffect(() => {
    const timer = setTimeout(() => { lastSeen.current(); }, 150);
    return () => { clearTimeout(timer); };
  });
  useEffect(() => {
    const look = () => { lastSeen.current(); };
    document.addEventListener('visibilitychange', look);
    const box = scrolling.box.current;
    box?.addEventListener('scroll', look, { passive: true });
    return () => {
      document.removeEventListener('visibilitychange', look);
      box?.removeEventListener('scroll', look);
    };
  }, [scrolling.box]);

  return firstUnreadAbove(room, readUpTo);
}

/** Only when it is not even loaded: else the mark is in the list, and the log opened there. */
function firstUnreadAbove(room: RoomHandle, readUpTo: number | null): FirstUnread | undefined {
  const top = room.messages[0];
  if (readUpTo === null || top === undefined || readUpTo + 1 >= top.seq) return undefined;
  return { seq: readUpTo + 1, count: (room.messages.at(-1)?.seq ?? 0) - readUpTo, };
}
