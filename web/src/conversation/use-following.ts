import { useCallback, useLayoutEffect, useRef, type RefObject } from 'react';
import type { RoomHandle } from '@verbatim/client';
import { seqsInSight, type Seen } from './in-sight';

/** A message that is this near to the top would leave the screen with the next one. */
const leavesSoon = 96;
const leastRowHeight = 30;

interface FollowingOf {
  room: RoomHandle;
  seen: Seen;
  box: RefObject<HTMLElement | null>;
  startsAtEnd: boolean;
  toEnd: () => void;
  showAtTop: (index: number) => void;
  onHeld: (seq: number) => void;
}

/** At the end the log follows what comes, as long as that takes nothing off the screen that was not seen. */
export function useFollowing(parts: FollowingOf) {
  const { room, seen } = parts;
  const stuck = useRef(parts.startsAtEnd);
  /** What is unseen up to here was passed over on purpose. */
  const passed = useRef(room.lastSeq);
  const latest = useRef(parts);
  useLayoutEffect(() => { latest.current = parts; });

  /** At the end, or not any more. Whoever went there by hand has passed over what is above; else what is in sight is still to be seen. */
  const stick = useCallback((atEnd: boolean, byHand: boolean) => {
    const { current } = latest.current.box;
    if (atEnd && !stuck.current) passed.current = byHand || current === null ? room.lastSeq : (seqsInSight(current)[0] ?? room.lastSeq + 1) - 1;
    stuck.current = atEnd;
  }, [room]);
  const hold = useCallback((seq: number) => {
    stuck.current = false;
    latest.current.showAtTop(seq - (room.messages[0]?.seq ?? seq));
    latest.current.onHeld(seq);
  }, [room]);

  const follow = useCallback(() => {
    const { box: { current: box }, toEnd } = latest.current;
    const unseen = seen.firstUnseen(passed.current);
    const row = unseen === undefined ? null : box?.querySelector(`[data-seq="${unseen.seq}"]`);
    const isShown = row !== null && row !== undefined;
    const fits = unseen === undefined || box === null || (isShown
      ? row.getBoundingClientRect().top - box.getBoundingClientRect().top > leavesSoon
      : (room.lastSeq - unseen.seq) * leastRowHeight < box.clientHeight);
    if (fits) toEnd();
    else hold(unseen.seq);
  }, [room, seen, hold]);

  /** Again after some time: the end is also where nothing can be scrolled, and what came may be higher than it was thought to be. */
  const keepPlace = useCallback((inSight: readonly number[]) => {
    const { box: { current: box } } = latest.current;
    if (box !== null && below(box) < 4) stick(true, false);
    if (!stuck.current) return;
    const unseen = seen.firstUnseen(passed.current);
    if (unseen !== undefined && unseen.seq < (inSight[0] ?? 0)) hold(unseen.seq);
  }, [seen, stick, hold]);
  return { stuck, stick, follow, keepPlace };
}

/** How much is out of sight below. The box itself knows; the list learns of a new height a moment later. */
export const below = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number => scrollHeight - scrollTop - clientHeight;
