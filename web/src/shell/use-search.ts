import { useEffect, useState } from 'react';
import type { PublicRoom, User } from '@verbatim/client';
import { useChat } from '../chat/context';
import { reason } from '../parts/errors';

export interface Found {
  people: readonly User[];
  rooms: readonly PublicRoom[];
  busy: boolean;
  fault: string;
}

const nothing: Found = { people: [], rooms: [], busy: true, fault: '' };

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
        ([{ users }, { rooms }]) => { if (current) setFound({ people: users, rooms, busy: false, fault: '' }); },
        (error: unknown) => { if (current) setFound({ ...nothing, busy: false, fault: reason(error) }); },
      );
    }, wanted === '' ? 0 : 180);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [chat, wanted]);
  return found;
}
