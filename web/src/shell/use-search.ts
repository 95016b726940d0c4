import { useEffect, useState } from 'react';
import type { PublicRoom, User } from '@verbatim/client';
import { useChat } from '../chat/context';
import { reason } from '../parts/errors';

export interface Found {
  people: readonly User[];
  rooms: readonly PublicRoom[];
  busy: boolean;
  fault: string;
  /** What was asked for; while it is not what is wanted now, these are answers to an older question. */
  query: string;
}

const nothing: Found = { people: [], rooms: [], busy: true, fault: '', query: '' };

/** Asks a moment after the last key, and forgets answers that come too late. */
export function useSearch(query: string): Found {
  const chat = useChat();
  const [found, setFound] = useState(nothing);
  const wanted = query.trim();
  useEffect(() => {
    let current = true;
    const search = wanted === '' ? {} : { query: wanted };
    const timer = setTimeout(() => {
      Promise.all([chat.api.listUsers({ ...search, limit: 20 }), chat.api.listPublicRooms({ ...search, limit: 50 })]).then(
        ([{ users }, { rooms }]) => { if (current) setFound({ people: users, rooms, busy: false, fault: '', query: wanted }); },
        (error: unknown) => { if (current) setFound({ ...nothing, busy: false, fault: reason(error), query: wanted }); },
      );
    }, wanted === '' ? 0 : 180);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [chat, wanted]);
  return found.query === wanted ? found : narrowed(found, wanted);
}

/** Until the answer is there: those of the last one that fit. What is chosen meanwhile must be what one reads. */
function narrowed(found: Found, wanted: string): Found {
  const fits = (...names: (string | null)[]) => names.some((name) => name?.toLocaleLowerCase().includes(wanted.toLocaleLowerCase()) === true);
  return {
    ...found,
    people: found.people.filter(({ name, username }) => fits(name, username)),
    rooms: found.rooms.filter(({ room }) => fits(room.name, room.slug, room.topic)),
  };
}
