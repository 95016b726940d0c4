import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
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
  const [atEnd, setAtEnd] = useState(true);
  const [kept, setKept] = useState<readonly number[]>([]);
  const earlier = useEarlier(room);
  const count = entries.length;

  const toEnd = useCallback(() => {
    if (count > 0) list.current?.scrollToIndex(count - 1, { align: 'end', offset: 12 });
  }, [count]);
  useLayoutEffect(() => { if (stuck.current) toEnd(); }, [toEnd, entries]);

  const { loadEarlier } = earlier;
  const look = useCallback(() => {
    const { current } = list;
    if (current === null) return;
    const end = current.scrollSize - current.scrollOffset - current.viewportSize < nearEnd;
    setAtEnd(end);
    if (current.scrollOffset < nearTop) loadEarlier();
  }, [loadEarlier]);
  useEffect(look, [look, count]);

  const onScroll = () => {
    const { current } = list;
    if (current === null) return;
    stuck.current = current.scrollSize - current.scrollOffset - current.viewportSize < nearEnd;
    look();
  };
  const onResize = () => {
    // Whoever has just begun to scroll up is not held back by a line that is measured in the same moment.
    if ((box.current?.scrollTop ?? 0) < (list.current?.scrollOffset ?? 0) - 4) stuck.current = false;
    if (stuck.current) toEnd();
    look();
  };
  const toNewest = () => {
    stuck.current = true;
    toEnd();
  };
  const focusLine = (index: number) => {
    stuck.current = index === count - 1;
    setKept([index]);
    list.current?.scrollToIndex(index, { align: 'nearest' });
    whenThere(() => box.current?.querySelector<HTMLElement>(`[data-index="${index}"]`), (line) => { line.focus({ preventScroll: true }); });
  };
  const aim = useAim(room, (seq) => {
    const index = seq - (room.messages[0]?.seq ?? seq);
    stuck.current = false;
    list.current?.scrollToIndex(index, { align: 'center' });
  });
  return { list, box, atEnd, kept, onScroll, onResize, toNewest, focusLine, stuck, ...earlier, ...aim };
}

export type Scrolling = ReturnType<typeof useScrolling>;

function useEarlier(room: RoomHandle) {
  const [loading, setLoading] = useState(false);
  const [fault, setFault] = useState('');
  const busy = useRef(false);
  const loadEarlier = useCallback(() => {
    if (busy.current || !room.hasMoreBefore) return;
    busy.current = true;
    setLoading(true);
    setFault('');
    room.loadEarlier(pageSize)
      .catch((error: unknown) => { setFault(reason(error)); })
      .finally(() => {
        setLoading(false);
        setTimeout(() => { busy.current = false; }, 50); // what came is drawn first: then one sees whether it was enough
      });
  }, [room]);
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
