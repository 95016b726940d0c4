import { useState } from 'react';
import { ArrowUp, Check, X } from 'lucide-react';
import type { Message } from '@verbatim/client';
import { useMe, usePerson } from '../chat/context';
import { keepDraft, readDraft } from '../chat/drafts';
import { reason } from '../parts/errors';
import { IconButton } from '../parts/icon-button';
import { useActions } from './actions';
import { Line } from './line';
import { plainText } from './markup';

interface NewMessageProps {
  replyTo: Message | undefined;
  /** Replying is over, whether it was sent or not. */
  onDone: () => void;
  onSent: () => void;
  /** Esc, where there is nothing that it could end. */
  onMarkRead: () => void;
}

/** The next line of the record. What is typed is kept for this room until it is sent. */
export function NewMessage({ replyTo, onDone, onSent, onMarkRead }: NewMessageProps) {
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
    <Line label={`Write to ${room.title}`} text={text} onChange={change} onSend={send} onEscape={replyTo === undefined ? onMarkRead : onDone} onUp={editLast} focusKey={replyTo?.id} action="Send" icon={<ArrowUp size={18} />}>
      {replyTo !== undefined && <Answering message={replyTo} onCancel={onDone} />}
    </Line>
  );
}

function Answering({ message, onCancel }: { message: Message; onCancel: () => void }) {
  const user = usePerson(message.senderId);
  return <div className="context"><span>In answer to <strong>{user?.name ?? '…'}</strong>: {plainText(message)}</span><IconButton small label="Do not reply" onClick={onCancel}><X size={15} /></IconButton></div>;
}

/** In place of the next line: one that was said already. It stays open until the server has it, so that nothing typed is lost. */
export function EditMessage({ message, onDone }: { message: Message; onDone: () => void }) {
  const { room } = useActions();
  const [text, setText] = useState(message.text ?? '');
  const { saving, fault, save } = useSaving(onDone);
  const onSend = () => { if (text === message.text) onDone(); else save(() => room.edit(message.id, text)); };
  return (
    <Line label={`Edit message ${message.seq}`} text={text} onChange={setText} onSend={onSend} onEscape={onDone} busy={saving} focusKey={message.id} action="Save" icon={<Check size={18} />}>
      <div className="context">
        <span>Editing message <span className="numerals">{message.seq}</span><span role="status">{saving && ' – saving …'}</span></span>
        <IconButton small label="Leave it as it was" onClick={onDone}><X size={15} /></IconButton>
      </div>
      {fault !== '' && <p className="context fault" role="alert">Not saved. {fault}</p>}
    </Line>
  );
}

function useSaving(onSaved: () => void) {
  const [saving, setSaving] = useState(false);
  const [fault, setFault] = useState('');
  const save = (work: () => Promise<void>) => {
    setSaving(true);
    setFault('');
    work().then(onSaved, (error: unknown) => { setFault(reason(error)); }).finally(() => { setSaving(false); });
  };
  return { saving, fault, save };
}
