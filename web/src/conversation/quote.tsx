import { useEffect, useState } from 'react';
import type { Message } from '@verbatim/client';
import { useChat, usePerson } from '../chat/context';
import { useActions } from './actions';
import { plainText } from './markup';
import { useTabStop } from './reach';

/** The message that is answered: from what is loaded, or else fetched once. */
export function Quote({ seq }: { seq: number }) {
  const { goTo } = useActions();
  const message = useMessage(seq);
  return (
    <button type="button" className="quote" tabIndex={useTabStop()} onClick={() => { goTo(seq); }}>
      <span>{message === undefined ? `Message ${seq}` : <Words message={message} />}</span>
    </button>
  );
}

function Words({ message }: { message: Message }) {
  const user = usePerson(message.senderId);
  return <><span className="unseen">In answer to </span><strong>{user?.name ?? '…'}</strong> {message.text === null ? 'Taken back' : plainText(message)}</>;
}

function useMessage(seq: number): Message | undefined {
  const chat = useChat();
  const { room } = useActions();
  const [fetched, setFetched] = useState<Message>();
  const from = room.messages[0]?.seq ?? 1;
  const loaded = room.messages[seq - from];
  useEffect(() => {
    if (loaded !== undefined) return;
    let current = true;
    chat.api.listMessages({ id: room.id, after: seq - 1, limit: 1 }).then(({ messages }) => { if (current) setFetched(messages[0]); }, () => undefined);
    return () => { current = false; };
  }, [chat, room.id, seq, loaded]);
  return loaded ?? fetched;
}
