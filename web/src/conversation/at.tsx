import { useEffect } from 'react';
import type { RoomHandle, VerbatimClient } from '@verbatim/client';
import { useChat, useIsKnown } from '../chat/context';
import { useActions } from './actions';

/** A name after an @, marked only where it means somebody. */
export function At({ text }: { text: string }) {
  const chat = useChat();
  const { room } = useActions();
  const known = useIsKnown(text.slice(1));
  useEffect(() => { if (!known) meetMembers(chat, room); }, [chat, room, known]);
  return known ? <span className="at">{text}</span> : text;
}

const met = new WeakSet<RoomHandle>();
const most = 100;

/** Somebody may be meant who has said nothing yet: the members are asked for once, however many names are called. */
function meetMembers({ api, people }: VerbatimClient, room: RoomHandle): void {
  if (met.has(room)) return;
  met.add(room);
  api.listMembers({ id: room.id, limit: most }).then(({ users }) => { for (const user of users) people.learn(user); }, () => { met.delete(room); });
}
