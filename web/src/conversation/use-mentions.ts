import { useId, useState } from 'react';
import type { User } from '@verbatim/client';
import { useChat, useMe } from '../chat/context';
import { useActions } from './actions';
import { useMemberSearch } from './use-member-search';

const most = 6;
const lately = 200;

export interface Mentions {
  /** Those who may be meant; empty: there is nothing to choose. */
  options: readonly User[];
  chosen: number;
  id: string;
  /** For the text field. */
  aria: object;
  move: (by: number) => void;
  take: (index: number) => void;
  close: () => void;
}

interface Writing {
  text: string;
  caret: number;
  onTake: (text: string, caret: number) => void;
}

/** Names for the @ before the caret: without a letter those who spoke last, else members of the room by the beginning of a name. */
export function useMentions({ text, caret, onTake }: Writing): Mentions {
  const { room } = useActions();
  const me = useMe();
  const id = useId();
  const word = /(?:^|[\s([{"'“‘])@([\p{L}\p{N}\p{M}._-]{0,32})$/u.exec(text.slice(0, caret))?.[1];
  const [closed, setClosed] = useState<string>();
  const [at, setAt] = useState({ word, index: 0 });
  const speakers = useSpeakers();
  const { found = [] } = useMemberSearch(room, word ?? '', most + 1);
  const begun = word === undefined || closed === text ? [] : word === '' ? speakers : found.map(({ user }) => user);
  const whole = begun.some(({ username }) => username.toLocaleLowerCase() === word?.toLocaleLowerCase()); // then Enter is for sending
  const options = whole ? [] : begun.filter((user) => user.id !== me.id).slice(0, most);
  const chosen = at.word === word ? Math.min(at.index, options.length - 1) : 0;
  return {
    options, chosen, id, close: () => { setClosed(text); },
    aria: options.length === 0 ? {} : { 'aria-autocomplete': 'list', 'aria-controls': id, 'aria-activedescendant': `${id}-${chosen}` },
    move: (by) => { setAt({ word, index: (chosen + by + options.length) % options.length }); },
    take: (index) => {
      const user = options[index];
      if (user === undefined || word === undefined) return;
      const before = `${text.slice(0, caret - word.length)}${user.username} `;
      setClosed(before + text.slice(caret).replace(/^ /, ''));
      onTake(before + text.slice(caret).replace(/^ /, ''), before.length);
    },
  };
}

/** Those who said something lately, the last one first. */
function useSpeakers(): User[] {
  const { people } = useChat();
  const { room } = useActions();
  const ids = new Set(room.messages.slice(-lately).map(({ senderId }) => senderId).reverse());
  return [...ids].slice(0, most + 1).flatMap((userId) => people.get(userId) ?? []);
}
