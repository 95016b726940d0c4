import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { RoomHandle } from '@verbatim/client';
import { reason } from '../parts/errors';
import type { Entry } from './entries';

const pageSize = 100;
/** How near to the top more is fetched, and how near to the end counts as being there. */
const nearTop = 2000;
const nearEnd = 64;

/** Where the log stands: at the end it stays there, elsewhere nothing moves, and near the top it fetches what came before. */
export function useScrolling(room: RoomHandle, entries: readonly Entry[]) {
  const list = useRef<VirtualizerHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const height = useRef(0);
  const [atEnd, setAtEnd] = useState(true);
  const [kept, setKept] = useState<readonly number[]>([]);
  const lookAgain = useRef(() => {});
  const earlier = useEarlier(room, lookAgain);
  const count = entries.length;

  const toEnd = useCallback(() => {
    if (count > 0) list.current?.scrollToIndex(count - 1, { align: 'end', offset: 12 });
  }, [count]);
  useLayoutEffect(() => { if (stuck.current) toEnd(); }, [toEnd, entries]);

  const { loadEarlier } = earlier;
  const look = useCallback(() => {
    const { current } = list;
    if (current === null || box.current === null) return;
    setAtEnd(below(box.current) < nearEnd);
    // At the end it stays, also while it has yet to be scrolled there: a slow browser would fetch page after page meanwhile.
    const offset = stuck.current ? current.scrollSize - current.viewportSize : current.scrollOffset;
    if (offset < nearTop) loadEarlier();
  }, [loadEarlier]);
  useEffect(() => {
    lookAgain.current = look;
    look();
  }, [look, count]);

  const onScroll = () => {
    const { current } = box;
    // A box that has just become lower hides its end, and nobody has left it: it is put right in the same frame.
    if (current !== null && current.clientHeight === height.current) stuck.current = below(current) < nearEnd;
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
  }, [toEnd, look]);
  useWatched(box, onResize);
  const toNewest = () => {
    stuck.current = true;
    toEnd();
  };
  const focusLine = (index: number) => {
    stuck.current = index === count - 1;
    setKept([index]);
    list.current?.scrollToIndex(index, { align: 'nearest' });
    whenThere(() => box.current?.querySelector<HTMLElement>(`[data-index="${index}"]`), (line) => {
      line.focus({ preventScroll: true });
      line.scrollIntoView({ block: 'nearest' }); // out from under what lies above the top
    });
  };
  const aim = useAim(room, (seq) => {
    const index = seq - (room.messages[0]?.seq ?? seq);
    stuck.current = false;
    list.current?.scrollToIndex(index, { align: 'center' });
  });
  return { list, box, atEnd, kept, onScroll, onResize, toNewest, focusLine, stuck, ...earlier, ...aim };
}

export type Scrolling = ReturnType<typeof useScrolling>;

/** The box changes its height also when what one writes grows or shrinks. */
function useWatched(box: RefObject<HTMLElement | null>, onResize: () => void): void {
  useEffect(() => {
    const observer = new ResizeObserver(onResize);
    if (box.current !== null) observer.observe(box.current);
    return () => { observer.disconnect(); };
  }, [box, onResize]);
}

/** How much is out of sight below. The box itself knows; the list learns of a new height a moment later. */
const below = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number => scrollHeight - scrollTop - clientHeight;

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
