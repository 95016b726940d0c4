import { useEffect, useState } from 'react';
import type { FoundMember, RoomHandle } from '@verbatim/client';
import { reason } from '../parts/errors';

interface Search {
  /** Undefined: nothing is known yet. */
  found: readonly FoundMember[] | undefined;
  fault: string;
  /** What was asked for. */
  query: string;
}

const nothing: Search = { found: undefined, fault: '', query: '' };
const pauseMs = 150;

/** Members by the beginning of a name, asked for a moment after the last key, and again when somebody comes, goes or changes. Nothing is asked for without words. */
export function useMemberSearch(room: RoomHandle, query: string, limit: number): Search {
  const [search, setSearch] = useState(nothing);
  const { members } = room;
  useEffect(() => {
    if (query === '') return;
    let current = true;
    const timer = setTimeout(() => {
      room.findMembers(query, limit).then(
        (found) => { if (current) setSearch({ found, fault: '', query }); },
        (error: unknown) => { if (current) setSearch({ found: undefined, fault: reason(error), query }); },
      );
    }, pauseMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [room, members, query, limit]);
  if (query === '') return nothing;
  return search.query === query ? search : narrowed(search, query);
}

/** Until the answer is there: those of the last one that fit. */
function narrowed({ found, query: before }: Search, query: string): Search {
  const words = query.toLocaleLowerCase();
  const fit = before !== '' && words.startsWith(before.toLocaleLowerCase()) ? found?.filter(({ user }) => ` ${user.username} ${user.name}`.toLocaleLowerCase().includes(` ${words}`)) : undefined;
  return { found: fit?.length === 0 ? undefined : fit, fault: '', query };
}
