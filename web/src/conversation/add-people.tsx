import { useState } from 'react';
import { Search } from 'lucide-react';
import type { RoomHandle, User } from '@verbatim/client';
import { useChat } from '../chat/context';
import { Dialog } from '../parts/dialog';
import { Monogram } from '../parts/monogram';
import { attempt } from '../parts/notices';
import { useSearch } from '../shell/use-search';

export function AddPeople({ room, onClose }: { room: RoomHandle; onClose: () => void }) {
  const [query, setQuery] = useState('');
  const { people, busy } = useSearch(query);
  const inside = new Set(room.members.map(({ userId }) => userId));
  const outside = people.filter(({ id }) => !inside.has(id));
  return (
    <Dialog title={`Bring somebody into ${room.title}`} onClose={onClose}>
      <div className="form">
        <div className="search"><Search size={17} aria-hidden="true" /><input type="search" aria-label="Search people" placeholder="Name or username" maxLength={100} value={query} onChange={(event) => { setQuery(event.target.value); }} /></div>
        <ul className="rows" aria-label="People">{outside.map((user) => <Row key={user.id} room={room} user={user} />)}</ul>
        {!busy && outside.length === 0 && <p className="quiet" role="status">Nobody else by that name.</p>}
      </div>
    </Dialog>
  );
}

function Row({ room, user }: { room: RoomHandle; user: User }) {
  const chat = useChat();
  return (
    <li>
      <Monogram user={user} />
      <div className="what"><strong>{user.name}</strong><p>@{user.username}</p></div>
      <button type="button" className="button small" onClick={() => { attempt(chat.api.addMember({ id: room.id, userId: user.id })); }}>Bring in<span className="unseen"> {user.name}</span></button>
    </li>
  );
}
