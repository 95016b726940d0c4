import { useEffect, useState } from 'react';
import type { Message, RoomHandle } from '@verbatim/client';
import { useChat, useMe } from '../chat/context';

/** Reads new messages of the open room to those who listen instead of looking; a few at a time. */
export function Announcer({ room }: { room: RoomHandle }) {
  const chat = useChat();
  const me = useMe();
  const [news, setNews] = useState<readonly Message[]>([]);
  useEffect(() => chat.on('message', ({ room: where, message, kind }) => {
    if (where.id !== room.id || kind !== 'new' || message.senderId === me.id || chat.connection !== 'online') return;
    setNews((before) => [...before.slice(-2), message]);
  }), [chat, room.id, me.id]);
  return (
    <div className="unseen" aria-live="polite">
      {news.map(({ id, senderId, text }) => <p key={id}>{chat.people.get(senderId)?.name ?? 'Somebody'}: {text}</p>)}
    </div>
  );
}
