import { useEffect, useState } from 'react';
import { ArrowUp } from 'lucide-react';
import type { RoomHandle } from '@verbatim/client';

const pageSize = 100;
/** More than that is not fetched unasked: the room opens at its end then, and says what is unread. */
const mostFetched = 5000;

export function isLoaded(room: RoomHandle, seq: number): boolean {
  return !room.hasMoreBefore || seq >= (room.messages[0]?.seq ?? Infinity);
}

function isWorthFetching(room: RoomHandle): boolean {
  return room.unread > 0 && !isLoaded(room, room.readSeq + 1) && room.lastSeq - room.readSeq <= mostFetched;
}

/** Fetches what is unread and not loaded yet, when a room is opened. */
export function useUnreadPages(room: RoomHandle) {
  const [fetching, setFetching] = useState(() => isWorthFetching(room));
  useEffect(() => {
    if (!fetching) return;
    let current = true;
    const fetch = async () => {
      while (current && isWorthFetching(room)) if (!(await room.loadEarlier(pageSize))) return;
    };
    const over = () => { if (current) setFetching(false); };
    fetch().then(over, over); // without an answer it opens at its end, and says what is unread
    return () => { current = false; };
  }, [room, fetching]);
  return { fetching, skip: () => { setFetching(false); } };
}

export function FetchingUnread({ room, onSkip }: { room: RoomHandle; onSkip: () => void }) {
  return (
    <div className="sheet">
      <div className="log fetching" role="log" aria-label={`Conversation in ${room.title}`} aria-busy="true">
        <p role="status">Fetching {room.unread.toLocaleString()} unread messages …</p>
        <button type="button" className="button small" onClick={onSkip}>Show the newest</button>
      </div>
    </div>
  );
}

interface UnreadAboveProps {
  count: number;
  onGo: () => void;
  onMark: () => void;
}

export function UnreadAbove({ count, onGo, onMark }: UnreadAboveProps) {
  return (
    <div className="jump oldest">
      <button type="button" onClick={onGo}><ArrowUp size={15} aria-hidden="true" />{count.toLocaleString()} unread above</button>
      <button type="button" title="Esc" onClick={onMark}>Mark as read</button>
    </div>
  );
}
