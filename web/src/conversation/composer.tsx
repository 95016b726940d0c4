import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { ArrowUp, Check, PenLine, X } from 'lucide-react';
import type { Message } from '@verbatim/client';
import { useMe, usePerson } from '../chat/context';
import { keepDraft, readDraft } from '../chat/drafts';
import { IconButton } from '../parts/icon-button';
import { attempt } from '../parts/notices';
import { useActions } from './actions';
import { plainText } from './markup';

const most = 4000;

interface NewMessageProps {
  replyTo: Message | undefined;
  /** Replying is over, whether it was sent or not. */
  onDone: () => void;
  onSent: () => void;
}

/** The next line of the record. What is typed is kept for this room until it is sent. */
export function NewMessage({ replyTo, onDone, onSent }: NewMessageProps) {
  const { room, edit } = useActions();
  const me = useMe();
  const [text, setText] = useState(() => readDraft(me.id, room.id));
  const change = (next: string) => {
    setText(next);
    keepDraft(me.id, room.id, next);
    room.setTyping(next.trim() !== '');
  };
  const send = () => {
    room.send(text, { replyTo: replyTo?.seq });
    change('');
    onDone();
    onSent();
  };
  const editLast = () => {
    const last = room.messages.findLast(({ senderId, deletedAt }) => senderId === me.id && deletedAt === null);
    if (last !== undefined) edit(last);
  };
  return (
    <Line label={`Write to ${room.title}`} text={text} onChange={change} onSend={send} onEscape={onDone} onUp={editLast} focusKey={replyTo?.id} action="Send" icon={<ArrowUp size={18} />}>
      {replyTo !== undefined && <Answering message={replyTo} onCancel={onDone} />}
    </Line>
  );
}

function Answering({ message, onCancel }: { message: Message; onCancel: () => void }) {
  const user = usePerson(message.senderId);
  return <div className="context"><span>In answer to <strong>{user?.name ?? '…'}</strong>: {plainText(message.text ?? '')}</span><IconButton small label="Do not reply" onClick={onCancel}><X size={15} /></IconButton></div>;
}

/** In place of the next line: one that was said already. */
export function EditMessage({ message, onDone }: { message: Message; onDone: () => void }) {
  const { room } = useActions();
  const [text, setText] = useState(message.text ?? '');
  const save = () => {
    if (text !== message.text) attempt(room.edit(message.id, text));
    onDone();
  };
  return (
    <Line label={`Edit message ${message.seq}`} text={text} onChange={setText} onSend={save} onEscape={onDone} focusKey={message.id} action="Save" icon={<Check size={18} />}>
      <div className="context"><span>Editing message <span className="numerals">{message.seq}</span></span><IconButton small label="Leave it as it was" onClick={onDone}><X size={15} /></IconButton></div>
    </Line>
  );
}

interface LineProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
  onSend: () => void;
  onEscape: () => void;
  onUp?: () => void;
  /** The focus comes here when it changes. */
  focusKey: string | undefined;
  action: string;
  icon: ReactNode;
  children: ReactNode;
}

function Line({ label, text, onChange, onSend, onEscape, onUp, focusKey, action, icon, children }: LineProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const { current } = area;
    // On a phone the keyboard would cover what one came to read.
    if (current === null || (focusKey === undefined && isTouch())) return;
    current.focus();
    current.setSelectionRange(current.value.length, current.value.length);
  }, [focusKey]);
  const length = [...text].length;
  const sendable = text.trim() !== '' && length <= most;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !isTouch()) { if (sendable) onSend(); } else if (event.key === 'Escape') onEscape();
    else if (event.key === 'ArrowUp' && text === '' && onUp !== undefined && !event.altKey) onUp();
    else return;
    event.preventDefault();
  };
  return (
    <form className="composer" onSubmit={(event) => { event.preventDefault(); if (sendable) onSend(); }}>
      <PenLine size={16} aria-hidden="true" />
      <div className="box">
        {children}
        <div className="line">
          <textarea ref={area} rows={1} aria-label={label} placeholder={label} dir="auto" value={text} onKeyDown={onKeyDown} onChange={(event) => { onChange(event.target.value); }} />
          <IconButton className="send" type="submit" label={action} disabled={!sendable}>{icon}</IconButton>
        </div>
        {length > most - 400 && <p className={length > most ? 'context fault' : 'context'} role="status">{length.toLocaleString()} of {most.toLocaleString()} characters</p>}
      </div>
    </form>
  );
}

const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches;
