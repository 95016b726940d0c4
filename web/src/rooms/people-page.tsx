import { useState } from 'react';
import { useLocation } from 'wouter';
import { Search } from 'lucide-react';
import type { User } from '@verbatim/client';
import { useChat, useMe } from '../chat/context';
import { roomPath } from '../chat/rooms';
import { Monogram } from '../parts/monogram';
import { attempt } from '../parts/notices';
import { since } from '../parts/time';
import { Waiting } from '../parts/waiting';
import { RoomsButton } from '../shell/rooms-button';
import { useSearch } from '../shell/use-search';

/** Everybody on this server, to write to. */
export function PeoplePage({ onRooms }: { onRooms: () => void }) {
  const me = useMe();
  const [query, setQuery] = useState('');
  const { people, busy, fault } = useSearch(query);
  const others = people.filter(({ id }) => id !== me.id);
  return (
    <div className="page">
      <div className="column">
        <header><RoomsButton onClick={onRooms} /><div className="what"><h1>People</h1><p>Whom would you like to write to?</p></div></header>
        <div className="search"><Search size={17} aria-hidden="true" /><input type="search" aria-label="Search people" placeholder="Name or username" maxLength={100} value={query} onChange={(event) => { setQuery(event.target.value); }} /></div>
        {fault !== '' && <p className="alert" role="alert">{fault}</p>}
        {busy ? <Waiting /> : <ul className="rows" aria-label="People">{others.map((user) => <Row key={user.id} user={user} />)}</ul>}
        {!busy && others.length === 0 && fault === '' && <div className="empty"><h2>Nobody by that name</h2><p>Try the beginning of a name or username.</p></div>}
      </div>
    </div>
  );
}

function Row({ user }: { user: User }) {
  const chat = useChat();
  const [, navigate] = useLocation();
  const write = () => { attempt(chat.direct(user.id).then((room) => { navigate(roomPath(room)); })); };
  return (
    <li>
      <Monogram user={user} />
      <div className="what"><strong>{user.name}</strong><p>@{user.username} · {presence(user)}</p></div>
      <button type="button" className="button small" onClick={write}>Write<span className="unseen"> to {user.name}</span></button>
    </li>
  );
}

export function presence({ presence: { online, lastSeenAt } }: User): string {
  if (online) return 'here now';
  return lastSeenAt === null ? 'not yet seen' : `last here ${since(lastSeenAt)}`;
}
