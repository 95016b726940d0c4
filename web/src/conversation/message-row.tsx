import { memo, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useMe, usePerson } from '../chat/context';
import { mentions } from '../chat/rooms';
import { dayName, fullMoment, timeOfDay } from '../parts/time';
import { useActions } from './actions';
import type { Entry } from './entries';
import { HeldBack } from './held-back';
import { parse, partsOf } from './markup';
import { MessageTools } from './message-tools';
import { Quote } from './quote';
import { ReachContext } from './reach';
import { Reactions } from './reactions';
import { Text } from './text';
import { Unsent } from './unsent';

interface RowProps {
  entry: Entry;
  index: number;
  /** Somebody jumped here just now. */
  aimed: boolean;
}

/** One line of the record, with what stands above it: a new day, or the mark where the new begins. While one scrolls, those that stay in sight are not drawn again. */
export const MessageRow = memo(function MessageRow({ entry, index, aimed }: RowProps) {
  return (
    <>
      {entry.day !== undefined && <div className="day">{dayName(entry.day)}</div>}
      {entry.isNew && <div className="new-line" role="separator"><span>New</span></div>}
      <Line entry={entry} index={index} aimed={aimed} />
    </>
  );
});

function Line({ entry, index, aimed }: RowProps) {
  const { message, outgoing, first, senderId } = entry;
  const me = useMe();
  const { edit, reply } = useActions();
  const line = useRef<HTMLElement>(null);
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const [open, setOpen] = useState(false);
  const mine = senderId === me.id;
  const called = message !== undefined && !mine && mentions(message.text, me);
  const usable = message !== undefined && message.deletedAt === null;
  const onKeyDown = (event: KeyboardEvent) => {
    if (!usable || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === 'enter') setOpen(true);
    else if (key === 'r') reply(message);
    else if (key === 'e' && mine) edit(message);
    else return;
    event.preventDefault();
  };
  const looks = ['entry', first && 'first', mine && 'mine', called && 'called', aimed && 'aimed', outgoing?.status].filter(Boolean).join(' ');
  return (
    <article
      ref={line} className={looks} data-index={index} data-seq={message?.seq} tabIndex={-1} aria-label={useLabel(entry)} onKeyDown={onKeyDown}
      onPointerEnter={() => { setHovered(true); }} onPointerLeave={() => { setHovered(false); }} onFocus={() => { setFocused(true); }}
      onBlur={(event) => { if (!event.currentTarget.contains(event.relatedTarget)) setFocused(false); }}
    >
      <ReachContext value={focused || open}>
        <span className="number" aria-hidden="true">{message?.seq ?? (outgoing?.status === 'failed' ? '!' : '–')}</span>
        <div className="said">
          {first && <By senderId={senderId} at={message?.createdAt} />}
          <Body entry={entry} />
        </div>
        {usable && (hovered || focused || open) && <MessageTools message={message} mine={mine} open={open} onOpenChange={setOpen} restFocus={() => { line.current?.focus({ preventScroll: true }); }} />}
      </ReachContext>
    </article>
  );
}

function By({ senderId, at }: { senderId: string; at: string | undefined }) {
  const user = usePerson(senderId);
  return (
    <p className="by">
      <strong>{user?.name ?? '…'}</strong>
      {at !== undefined && <time dateTime={at} title={fullMoment(at)}>{timeOfDay(at)}</time>}
    </p>
  );
}

function Body({ entry: { message, outgoing, heldUntil } }: { entry: Entry }) {
  const replyTo = message?.replyTo ?? outgoing?.replyTo ?? null;
  if (message !== undefined && message.deletedAt !== null) return <p className="gone">Taken back</p>;
  return (
    <>
      {replyTo !== null && <Quote seq={replyTo} />}
      {message === undefined ? <UnsentText text={outgoing?.text ?? ''} /> : <Text text={message.text ?? ''} parts={partsOf(message)} edited={message.editedAt !== null} />}
      {message !== undefined && message.reactions.length > 0 && <Reactions message={message} />}
      {heldUntil !== undefined && <HeldBack until={heldUntil} isFirst={outgoing?.heldUntil !== undefined} />}
      {outgoing?.status === 'failed' && <Unsent outgoing={outgoing} />}
    </>
  );
}

function UnsentText({ text }: { text: string }) {
  const parts = useMemo(() => parse(text), [text]);
  return <Text text={text} parts={parts} edited={false} />;
}

/** What a screen reader says on arriving at the line. */
function useLabel({ message, outgoing, heldUntil, senderId }: Entry): string {
  const name = usePerson(senderId)?.name ?? 'Somebody';
  if (message === undefined) return `${name}, ${outgoing?.status === 'failed' ? 'not sent' : heldUntil === undefined ? 'being sent' : 'held back'}: ${outgoing?.text ?? ''}`;
  return `${name}, ${timeOfDay(message.createdAt)}: ${message.text ?? 'taken back'}`;
}
