import { useImperativeHandle, useState, type KeyboardEvent, type Ref } from 'react';
import { ArrowDown } from 'lucide-react';
import { Virtualizer } from 'virtua';
import type { RoomHandle } from '@verbatim/client';
import { useMe } from '../chat/context';
import { Announcer } from './announcer';
import type { Entry } from './entries';
import { seenOf } from './in-sight';
import { LogStart, startHeight } from './log-start';
import { MessageRow } from './message-row';
import { useEntries } from './use-entries';
import { FetchingUnread, isLoaded, UnreadAbove, useUnreadPages } from './unread';
import { useReading } from './use-reading';
import { useScrolling } from './use-scrolling';

export interface LogHandle {
  /** To the message with this number, loading what is needed. */
  goTo: (seq: number) => void;
  toNewest: () => void;
  /** Everything counts as read, whether it was shown or not. */
  markAll: () => void;
}

interface LogProps {
  room: RoomHandle;
  ref: Ref<LogHandle>;
}

/** The record of a room. Where one has read nothing for long, what is unread is fetched first: it opens there. */
export function Log({ room, ref }: LogProps) {
  const { fetching, skip } = useUnreadPages(room);
  return fetching ? <FetchingUnread room={room} onSkip={skip} /> : <Lines room={room} ref={ref} />;
}

/** Numbered lines, of which only those near the screen are in the document. */
function Lines({ room, ref }: LogProps) {
  const me = useMe();
  const seen = seenOf(room, me.id);
  const [readUpTo, setReadUpTo] = useState(() => (room.unread > 0 && isLoaded(room, room.readSeq + 1) ? room.readSeq : null));
  const { entries, shift } = useEntries(room, me.id, readUpTo);
  const scrolling = useScrolling({ room, seen, entries, startsAtEnd: readUpTo === null, onHeld: (seq) => { setReadUpTo(seq - 1); } });
  const { list, box, onScroll, onResize, atEnd, aimedAt, goTo, toNewest } = scrolling;
  const { above, below } = useReading({ room, seen, scrolling, entries, setReadUpTo });
  const markAll = () => {
    setReadUpTo(null);
    room.markRead();
  };
  const goToUnread = () => {
    const seq = seen.firstUnread;
    setReadUpTo(seq - 1);
    goTo(seq);
  };
  useImperativeHandle(ref, () => ({
    goTo, markAll,
    toNewest: () => {
      setReadUpTo(null);
      toNewest();
    },
  }));
  return (
    <div className="sheet">
      {above > 0 && <UnreadAbove count={above} onGo={goToUnread} onMark={markAll} />}
      {/* Not live: lines that come into the document because one scrolls are no news. The announcer tells what is. */}
      <div ref={box} className="log" role="log" aria-live="off" aria-label={`Conversation in ${room.title}`} tabIndex={0} onKeyDown={(event) => { moveFocus(event, scrolling.focusLine, entries.length); }}>
        <LogStart room={room} loading={scrolling.loading} fault={scrolling.fault} onRetry={scrolling.loadEarlier} />
        <Virtualizer ref={list} data={entries} scrollRef={box} startMargin={startHeight} shift={shift} itemSize={56} bufferSize={1400} keepMounted={scrolling.kept} onScroll={onScroll} onResize={onResize}>
          {(entry: Entry, index) => <MessageRow key={entry.key} entry={entry} index={index} aimed={entry.message?.seq === aimedAt} />}
        </Virtualizer>
        <div className="log-end" />
      </div>
      {!atEnd && entries.length > 0 && <button type="button" className="jump newest" onClick={toNewest}><ArrowDown size={15} aria-hidden="true" />{below > 0 ? `${below.toLocaleString()} new` : 'Newest'}</button>}
      <Announcer room={room} />
    </div>
  );
}

/** ↑ and ↓ go from line to line, from wherever one is in a line; Esc back to writing. */
function moveFocus(event: KeyboardEvent<HTMLElement>, focusLine: (index: number) => void, count: number): void {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof HTMLElement)) return;
  const line = event.target.closest<HTMLElement>('.entry');
  if (line === null && event.target !== event.currentTarget) return;
  const at = line === null ? count : Number(line.dataset.index);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: count - 1 }[event.key];
  if (to !== undefined) focusLine(Math.max(0, Math.min(count - 1, to)));
  else if (event.key === 'Escape') event.currentTarget.closest('.room')?.querySelector('textarea')?.focus();
  else return;
  event.preventDefault();
}
