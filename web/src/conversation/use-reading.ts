import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { RoomHandle } from '@verbatim/client';
import { useConnection } from '../chat/context';
import type { Entry } from './entries';
import { Dwell, isLookedAt, seqsInSight, type Seen } from './in-sight';
import type { Scrolling } from './use-scrolling';

const lookEveryMs = 100;

interface Reading {
  room: RoomHandle;
  seen: Seen;
  scrolling: Scrolling;
  entries: readonly Entry[];
  setReadUpTo: (seq: number | null) => void;
}

interface OutOfSight {
  above: number;
  below: number;
}

const nothing: OutOfSight = { above: 0, below: 0 };

/**
 * Moves my read marker over the messages that were on screen for half a second, and never over one that was not. Answers how
 * many unread ones are out of sight.
 */
export function useReading({ room, seen, scrolling, entries, setReadUpTo }: Reading): OutOfSight {
  const [outOfSight, setOutOfSight] = useState(nothing);
  const dwell = useRef<Dwell>(undefined);
  const { box } = scrolling;
  useOpening(scrolling, entries);
  const marked = useRef(0);
  useNewLine({ room, scrolling, marked, setReadUpTo });

  const look = useRef(() => {});
  useEffect(() => {
    look.current = () => {
      if (box.current === null) return;
      const inSight = seqsInSight(box.current);
      dwell.current ??= new Dwell();
      dwell.current.look(isLookedAt() ? inSight : [], performance.now()).forEach((seq) => { seen.add(seq); });
      scrolling.keepPlace(inSight);
      const { readThrough } = seen;
      if (readThrough > room.readSeq) {
        marked.current = readThrough;
        room.markRead(readThrough);
      }
      const [first, last] = [inSight[0], inSight.at(-1)];
      const now = first === undefined || last === undefined ? undefined : seen.outOfSight([first, last]);
      seen.hidden = now !== undefined && isLookedAt() ? now.above + now.below : Infinity;
      if (now === undefined) return;
      setOutOfSight((before) => (before.above === now.above && before.below === now.below ? before : now));
    };
  });
  const isBehind = room.readSeq < room.lastSeq;
  useEffect(() => {
    if (!isBehind) seen.hidden = 0;
  }, [isBehind, seen]);
  useEffect(() => () => { seen.hidden = Infinity; }, [seen]);
  useEffect(() => {
    const { current } = box;
    if (!isBehind || current === null) return;
    const onLook = () => { look.current(); };
    const timer = setInterval(onLook, lookEveryMs);
    current.addEventListener('scroll', onLook, { passive: true });
    return () => {
      clearInterval(timer);
      current.removeEventListener('scroll', onLook);
    };
  }, [isBehind, box]);
  return isBehind ? outOfSight : nothing;
}

/** One begins to read where one stopped. */
function useOpening({ stuck, showAtTop }: Scrolling, entries: readonly Entry[]): void {
  const opened = useRef(false);
  useLayoutEffect(() => {
    if (opened.current || entries.length === 0) return;
    opened.current = true;
    const index = entries.findIndex(({ isNew }) => isNew);
    if (index >= 0 && !stuck.current) showAtTop(index);
  }, [entries, stuck, showAtTop]);
}

interface NewLine {
  room: RoomHandle;
  scrolling: Scrolling;
  /** What this view has marked as read. */
  marked: RefObject<number>;
  setReadUpTo: Reading['setReadUpTo'];
}

/** It stands above what came while nobody looked, and moves on when that was read on another device. */
function useNewLine({ room, scrolling, marked, setReadUpTo }: NewLine): void {
  const { stuck, showAtTop } = scrolling;
  const before = useRef({ unread: room.unread, readSeq: room.readSeq });
  const early = useEarly();
  useEffect(() => {
    const { unread, readSeq } = before.current;
    before.current = { unread: room.unread, readSeq: room.readSeq };
    const readElsewhere = room.readSeq > readSeq && room.readSeq > marked.current;
    if (readElsewhere) {
      setReadUpTo(room.unread > 0 ? room.readSeq : null);
      if (early.current && room.unread > 0) showAtTop(room.readSeq + 1 - (room.messages[0]?.seq ?? 1));
    } else if (unread === 0 && room.unread > 0 && (early.current || !(isLookedAt() && stuck.current))) setReadUpTo(room.readSeq);
  }, [room, room.unread, room.readSeq, marked, early, setReadUpTo, stuck, showAtTop]);
}

/** What is shown at first may be from the store, until the first sync is there. */
function useEarly(): RefObject<boolean> {
  const { state } = useConnection();
  const early = useRef(state !== 'online');
  useEffect(() => { if (state === 'online') early.current = false; }, [state]);
  return early;
}
