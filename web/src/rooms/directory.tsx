import { useState } from 'react';
import { useLocation } from 'wouter';
import { Plus, Search } from 'lucide-react';
import type { PublicRoom } from '@verbatim/client';
import { useChat } from '../chat/context';
import { roomPath } from '../chat/rooms';
import { attempt } from '../parts/notices';
import { Waiting } from '../parts/waiting';
import { useSearch } from '../shell/use-search';
import { RoomsButton } from '../shell/rooms-button';
import { NewRoom } from './new-room';

/** Rooms that everybody may join, and the place to make one. */
export function Directory({ onRooms }: { onRooms: () => void }) {
  const [query, setQuery] = useState('');
  const [making, setMaking] = useState(false);
  const { rooms, busy, fault } = useSearch(query);
  return (
    <div className="page">
      <div className="column">
        <header>
          <RoomsButton onClick={onRooms} />
          <div className="what"><h1>Public rooms</h1><p>Come in: the earlier conversation is there for you.</p></div>
          <button type="button" className="button main" onClick={() => { setMaking(true); }}><Plus size={17} aria-hidden="true" />New room</button>
        </header>
        <div className="search"><Search size={17} aria-hidden="true" /><input type="search" aria-label="Search public rooms" placeholder="Name or topic" maxLength={100} value={query} onChange={(event) => { setQuery(event.target.value); }} /></div>
        {fault !== '' && <p className="alert" role="alert">{fault}</p>}
        {busy ? <Waiting /> : <ul className="rows" aria-label="Public rooms">{rooms.map((found) => <Row key={found.room.id} found={found} />)}</ul>}
        {!busy && rooms.length === 0 && fault === '' && <div className="empty"><h2>No room by that name</h2><p>Make it yourself: whoever looks for it next will find it.</p></div>}
      </div>
      {making && <NewRoom suggestion={query} onClose={() => { setMaking(false); }} />}
    </div>
  );
}

function Row({ found: { room, memberCount, joined } }: { found: PublicRoom }) {
  const chat = useChat();
  const [, navigate] = useLocation();
  const enter = () => { attempt(chat.join(room.id).then((handle) => { navigate(roomPath(handle)); })); };
  return (
    <li>
      <div className="what">
        <strong>{room.name}</strong>
        <p>{room.topic === '' ? '' : `${room.topic} · `}{memberCount === 1 ? 'one member' : `${memberCount} members`}</p>
      </div>
      <button type="button" className="button small" onClick={enter}>{joined ? 'Open' : 'Join'}<span className="unseen"> {room.name}</span></button>
    </li>
  );
}
