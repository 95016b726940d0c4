import { useState } from 'react';
import { Search, UserPlus, X } from 'lucide-react';
import type { RoomHandle } from '@verbatim/client';
import { useMe } from '../chat/context';
import { powers } from '../chat/rooms';
import { IconButton } from '../parts/icon-button';
import { AddPeople } from './add-people';
import { MemberRows } from './member-rows';
import { useMemberSearch } from './use-member-search';

/** One sees at a glance who is in a small room. */
const searchableFrom = 12;

export function Members({ room, onClose }: { room: RoomHandle; onClose: () => void }) {
  const [adding, setAdding] = useState(false);
  const [query, setQuery] = useState('');
  const { add } = powers(room, useMe());
  const open = room.info.archivedAt === null;
  return (
    <aside className="members" aria-label="Members">
      <header>
        <h2>Who is here</h2>
        <span>
          {add && open && <IconButton small label="Bring somebody in" onClick={() => { setAdding(true); }}><UserPlus size={16} /></IconButton>}
          <IconButton small label="Close the list of members" onClick={onClose}><X size={16} /></IconButton>
        </span>
      </header>
      {room.memberCount >= searchableFrom && (
        <div className="search">
          <Search size={16} aria-hidden="true" />
          <input type="search" aria-label="Search members" placeholder="Name or username" autoComplete="off" maxLength={100} value={query} onChange={(event) => { setQuery(event.target.value); }} />
        </div>
      )}
      {query.trim() === '' ? <MemberRows room={room} members={room.members} total={room.memberCount} /> : <Found room={room} query={query.trim()} />}
      {adding && <AddPeople room={room} onClose={() => { setAdding(false); }} />}
    </aside>
  );
}

function Found({ room, query }: { room: RoomHandle; query: string }) {
  const { found, fault } = useMemberSearch(room, query, 100);
  if (fault !== '') return <p className="alert" role="alert">{fault}</p>;
  if (found?.length === 0) return <p className="quiet none" role="status">Nobody here by that name.</p>;
  return <MemberRows room={room} members={found?.map(({ member }) => member) ?? []} total={found?.length ?? 0} />;
}
