import { createContext, useContext } from 'react';
import type { Message, RoomHandle } from '@verbatim/client';

/** What can be done with a message, from wherever in the conversation. */
export interface MessageActions {
  room: RoomHandle;
  reply: (message: Message) => void;
  edit: (message: Message) => void;
  remove: (message: Message) => void;
  toggleReaction: (message: Message, emoji: string) => void;
  /** To the message with this number, loading what is needed. */
  goTo: (seq: number) => void;
}

export const ActionsContext = createContext<MessageActions | null>(null);

export function useActions(): MessageActions {
  const actions = useContext(ActionsContext);
  if (actions === null) throw new Error('There is no conversation around this component');
  return actions;
}
