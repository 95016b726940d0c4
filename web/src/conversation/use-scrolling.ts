import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { flushSync } from 'react-dom';
import type { VirtualizerHandle } from 'virtua';
import type { RoomHandle } from '@verbatim/client';
import { reason } from '../parts/errors';
import type { Entry } from './entries';
import { below, useFollowing } from './use-following';
import type { Seen } from './in-sight';

const pageSize = 100;
/** How near to the top more is fetched, and how near to the end counts as being there. */
const nearTop = 2000;
const nearEnd = 64;
/** What one has read stays in sight above what is new. */
const gapAbove = 96;
/** While the list finds an index nothing may come on top, or it finds another line. */
const quietMs = 400;

interface ScrollingOf {
  room: RoomHandle;
  seen: Seen;
  entries: readonly Entry[];
  startsAtEnd: boolean;
  /** From this message on everything is new: the log stays there, instead of at its end. */
  onHeld: (seq: number) => void;
}

/** Where the log stands: at the end it stays there, elsewhere nothing moves, and near the top it fetches what came before. */
export function useScrolling({ room, seen, entries, startsAtEnd, onHeld }: ScrollingOf) {
  const list = useRef<VirtualizerHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const [atEnd, setAtEnd] = useState(true);
  const lookAgain = useRef(() => {});
  const earlier = useEarlier(room, lookAgain);
  const count = entries.length;

  const { toEnd, showAtTop, quietUntil } = useJumps(list, count, lookAgain);
  const { stuck, stick, follow, keepPlace } = useFollowing({ room, seen, box, startsAtEnd, toEnd, showAtTop, onHeld });
  useLayoutEffect(() => { if (stuck.current) follow(); }, [follow, stuck, entries]);

  const { loadEarlier } = earlier;
  const look = useCallback(() => {
    const { current } = list;
    if (current === null || box.current === null) return;
    setAtEnd(below(box.current) < nearEnd);
    // At the end it stays, also while it has yet to be scrolled there: a slow browser would fetch page after page meanwhile.
    const offset = stuck.current ? current.scrollSize - current.viewportSize : current.scrollOffset;
    if (offset < nearTop && performance.now() >= quietUntil.current) loadEarlier();
  }, [loadEarlier, stuck, quietUntil]);
  useEffect(() => {
    lookAgain.current = look;
    look();
  }, [look, count]);

  const onScroll = () => {
    const { current } = box;
    // A box that has just become lower hides its end, and nobody has left it: it is put right in the same frame.
    if (current !== null && current.clientHeight === height.current) stick(below(current) < nearEnd, performance.now() >= quietUntil.current);
    look();
  };
  const onResize = useCallback(() => {
    const { current } = box;
    if (current === null) return;
    height.current = current.clientHeight;
    // Whoever has just begun to scroll up is not held back by a line that is measured in the same moment.
    if (current.scrollTop < (list.current?.scrollOffset ?? 0) - 4 && below(current) > 4) stuck.current = false;
    if (stuck.current) toEnd();
    look();
  }, [toEnd, look, stuck]);
  useWatched(box, onResize);
  const toNewest = () => {
    stuck.current = false;
    stick(true, true);
    toEnd();
  };
  const { kept, focusLine } = useLineFocus({ list, box }, (index) => { stick(index === count - 1, true); });
  const aim = useAim(room, (seq) => {
    const index = seq - (room.messages[0]?.seq ?? seq);
    stuck.current = false;
    list.current?.scrollToIndex(index, { align: 'center' });
  });
  return { list, box, atEnd, kept, onScroll, onResize, toNewest, focusLine, showAtTop, keepPlace, stuck, ...earlier, ...aim };
}

export type Scrolling = ReturnType<typeof useScrolling>;

interface ListRefs {
  list: RefObject<VirtualizerHandle | null>;
  box: RefObject<HTMLElement | null>;
}

/** Gives a line the focus, however far away it is. */
function useLineFocus({ list, box }: ListRefs, onFocus: (index: number) => void) {
  const [kept, setKept] = useState<readonly number[]>([]);
  const focusLine = (index: number) => {
    onFocus(index);
    flushSync(() => { setKept([index]); }); // it is in the document before the next key is pressed
    const row = () => box.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    row()?.focus({ preventScroll: true });
    const holder = document.activeElement;
    list.current?.scrollToIndex(index, { align: 'nearest' });
    const focused = () => {
      if (document.activeElement !== holder) return document.activeElement; // another key has moved it on
      row()?.focus({ preventScroll: true });
      return row() === document.activeElement ? row() : null; // one that has not been measured yet cannot have the focus
    };
    whenThere(focused, (there) => { if (there === row()) there.scrollIntoView({ block: 'nearest' }); }); // out from under what lies above the top
  };
  return { kept, focusLine };
}

function useJumps(list: RefObject<VirtualizerHandle | null>, count: number, lookAgain: RefObject<() => void>) {
  const quietUntil = useRef(0);
  const toEnd = useCallback(() => {
    if (count > 0) list.current?.scrollToIndex(count - 1, { align: 'end', offset: 12 });
  }, [list, count]);
  const showAtTop = useCallback((index: number) => {
    quietUntil.current = performance.now() + quietMs;
    setTimeout(() => { lookAgain.current(); }, quietMs);
    list.current?.scrollToIndex(index, { align: 'start', offset: -gapAbove });
  }, [list, lookAgain]);
  return { toEnd, showAtTop, quietUntil };
}

/** The box changes its height also when what one writes grows or shrinks. */
function useWatched(box: RefObject<HTMLElement | null>, onResize: () => void): void {
  useEffect(() => {
    const observer = new ResizeObserver(onResize);
    if (box.current !== null) observer.observe(box.current);
    return () => { observer.disconnect(); };
  }, [box, onResize]);
}

/** `lookAgain` is asked after each page: whoever has stayed at the top, where nothing scrolls any more, wants the next one. */
function useEarlier(room: RoomHandle, lookAgain: RefObject<() => void>) {
  const [loading, setLoading] = useState(false);
  const [fault, setFault] = useState('');
  const busy = useRef(false);
  const loadEarlier = useCallback(() => {
    if (busy.current || !room.hasMoreBefore) return;
    busy.current = true;
    setLoading(true);
    setFault('');
    const over = (then: () => void) => {
      setLoading(false);
      setTimeout(() => { // what came is drawn first: then one sees whether it was enough
        busy.current = false;
        then();
      }, 50);
    };
    room.loadEarlier(pageSize).then(
      () => { over(() => { lookAgain.current(); }); },
      (error: unknown) => { over(() => { setFault(reason(error)); }); },
    );
  }, [room, lookAgain]);
  return { loading, fault, loadEarlier };
}

/** To a message by its number, however far back; and marks it for a moment. */
function useAim(room: RoomHandle, show: (seq: number) => void) {
  const [aimedAt, setAimedAt] = useState<number>();
  const goTo = (seq: number) => {
    void reach(room, seq).then(() => {
      setAimedAt(seq);
      whenThere(() => document.body, () => { show(seq); });
      setTimeout(() => { setAimedAt(undefined); }, 2000);
    }, () => undefined);
  };
  return { aimedAt, goTo };
}

async function reach(room: RoomHandle, seq: number): Promise<void> {
  while (room.hasMoreBefore && seq < (room.messages[0]?.seq ?? 0)) {
    if (!(await room.loadEarlier(pageSize))) return;
  }
}

/** A line that was far away is drawn a few frames later. */
function whenThere<T>(find: () => T | null | undefined, use: (found: T) => void, tries = 10): void {
  requestAnimationFrame(() => {
    const found = find();
    if (found !== null && found !== undefined) use(found);
    else if (tries > 0) whenThere(find, use, tries - 1);
  });
}
