import { useEffect, useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { MessageSquareText, Search } from 'lucide-react';
import type { VerbatimClient } from '@verbatim/client';
import { useChat, useMe } from '../chat/context';
import { roomPath, sidebarOrder } from '../chat/rooms';
import { Dialog } from '../parts/dialog';
import { Monogram } from '../parts/monogram';
import { attempt } from '../parts/notices';
import { useSearch, type Found } from './use-search';
import { RoomIcon } from './sidebar';

interface Option {
  id: string;
  group: string;
  label: string;
  more: string;
  icon: ReactNode;
  go: () => Promise<string>;
}

/** One line that finds my rooms, other people, and rooms to join: type, choose with the arrows, Enter. */
export function Finder({ onClose }: { onClose: () => void }) {
  const chat = useChat();
  const me = useMe();
  const [, navigate] = useLocation();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const options = [...myRooms(chat, query), ...others(chat, useSearch(query), me.id)];
  const chosen = options[Math.min(at, options.length - 1)];
  const id = useId();
  const take = ({ go }: Option) => {
    onClose();
    attempt(go().then((path) => { navigate(path); }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) setAt((Math.min(at, options.length - 1) + by + options.length) % Math.max(1, options.length));
    else if (event.key === 'Enter' && chosen !== undefined) take(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog bare title="Find rooms and people" className="finding" onClose={onClose}>
      <div className="search">
        <Search size={18} aria-hidden="true" />
        <input role="combobox" aria-label="Find rooms and people" aria-expanded="true" aria-controls={id} aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen.id}`} placeholder="A room or a person" autoComplete="off" value={query} maxLength={100} onKeyDown={onKeyDown} onChange={(event) => { setQuery(event.target.value); setAt(0); }} />
      </div>
      <div className="finder" role="listbox" id={id} aria-label="Found">
        {options.map((option, index) => (
          <Row key={option.id} option={option} id={`${id}-${option.id}`} chosen={option === chosen} first={options[index - 1]?.group !== option.group} onTake={() => { take(option); }} />
        ))}
      </div>
      {options.length === 0 && <div className="empty" role="status"><p>Nothing goes by that name.</p></div>}
    </Dialog>
  );
}

function Row({ option, id, chosen, first, onTake }: { option: Option; id: string; chosen: boolean; first: boolean; onTake: () => void }) {
  useEffect(() => { if (chosen) document.getElementById(id)?.scrollIntoView({ block: 'nearest' }); }, [chosen, id]);
  return (
    <>
      {first && <p className="group" role="presentation">{option.group}</p>}
      <div id={id} role="option" aria-selected={chosen} className="option" onClick={onTake}>{option.icon}<span>{option.label}</span><span className="more">{option.more}</span></div>
    </>
  );
}

function myRooms(chat: VerbatimClient, query: string): Option[] {
  const wanted = query.trim().toLocaleLowerCase();
  return sidebarOrder(chat.rooms)
    .filter(({ title, info }) => title.toLocaleLowerCase().includes(wanted) || info.slug?.includes(wanted) === true)
    .slice(0, 8)
    .map((room) => ({ id: room.id, group: 'Your conversations', label: room.title, more: room.unread > 0 ? `${room.unread} unread` : room.info.topic, icon: <RoomIcon room={room} />, go: async () => roomPath(room) }));
}

function others(chat: VerbatimClient, { people, rooms }: Found, myId: string): Option[] {
  const directs = new Set(chat.rooms.flatMap(({ info }) => info.userIds ?? []));
  const strangers = people.filter(({ id }) => id !== myId && !directs.has(id));
  return [
    ...strangers.map((user) => ({ id: user.id, group: 'People', label: user.name, more: `@${user.username}`, icon: <Monogram user={user} size="small" />, go: async () => roomPath(await chat.direct(user.id)) })),
    ...rooms.filter(({ joined }) => !joined).map(({ room, memberCount }) => ({ id: room.id, group: 'Public rooms to join', label: room.name, more: `${memberCount} members`, icon: <MessageSquareText size={16} aria-hidden="true" />, go: async () => roomPath(await chat.join(room.id)) })),
  ];
}
