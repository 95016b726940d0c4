import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { Archive, Compass, Lock, MessageSquareText, Plus, Search, SquarePen, Users, X } from 'lucide-react';
import type { RoomHandle } from '@verbatim/client';
import { useMe, usePerson, useRoom, useRooms } from '../chat/context';
import { peerId, roomAt, roomPath, unreadMentions } from '../chat/rooms';
import { IconButton } from '../parts/icon-button';
import { Monogram } from '../parts/monogram';
import { AccountMenu } from './account-menu';
import { useUnread } from './use-unread';

/** Of each list. All other rooms are found by their name. */
const mostListed = 100;

interface SidebarProps {
  open: boolean;
  onFind: () => void;
  onHelp: () => void;
  onClose: () => void;
}

export function Sidebar({ open, onFind, onHelp, onClose }: SidebarProps) {
  const rooms = useRooms();
  const [, navigate] = useLocation();
  return (
    <nav className="sidebar" aria-label="Rooms and people">
      <div className="top">
        <Link href="/" className="brand">Verbatim</Link>
        {open && <IconButton label="Close the list" className="to-rooms" onClick={onClose}><X size={18} /></IconButton>}
      </div>
      <button type="button" className="find" onClick={onFind} aria-keyshortcuts="Control+K"><Search size={16} aria-hidden="true" />Find<kbd aria-hidden="true">Ctrl K</kbd></button>
      <div className="lists">
        <section aria-label="Rooms">
          <h2>Rooms <IconButton small label="Find or make a room" onClick={() => { navigate('/rooms'); }}><Plus size={16} /></IconButton></h2>
          <RoomList rooms={rooms.filter(({ info }) => info.kind !== 'direct')} onFind={onFind} />
        </section>
        <section aria-label="Private chats">
          <h2>Private chats <IconButton small label="Write to somebody" onClick={() => { navigate('/people'); }}><SquarePen size={15} /></IconButton></h2>
          <RoomList rooms={rooms.filter(({ info }) => info.kind === 'direct')} onFind={onFind} />
        </section>
        <section aria-label="Explore">
          <PageLink href="/rooms" icon={<Compass size={17} aria-hidden="true" />}>All public rooms</PageLink>
          <PageLink href="/people" icon={<Users size={17} aria-hidden="true" />}>All people</PageLink>
        </section>
      </div>
      <AccountMenu onHelp={onHelp} />
    </nav>
  );
}

function PageLink({ href, icon, children }: { href: string; icon: ReactNode; children: string }) {
  const [path] = useLocation();
  return <Link href={href} className="room-link" aria-current={path === href ? 'page' : undefined}>{icon}<span className="title">{children}</span></Link>;
}

/** The latest ones, and the one that is open. */
function RoomList({ rooms, onFind }: { rooms: readonly RoomHandle[]; onFind: () => void }) {
  const [path] = useLocation();
  const latest = rooms.slice(0, mostListed);
  const open = roomAt(rooms, path);
  const listed = open === undefined || latest.includes(open) ? latest : [...latest, open];
  const more = rooms.length - listed.length;
  return (
    <>
      <ul>{listed.map((room) => <li key={room.id}><RoomLink room={room} /></li>)}</ul>
      {more > 0 && <button type="button" className="room-link" onClick={onFind}><Search size={16} aria-hidden="true" /><span className="title">Find {more.toLocaleString('en')} more</span></button>}
    </>
  );
}

function RoomLink({ room }: { room: RoomHandle }) {
  useRoom(room);
  const [path] = useLocation();
  const href = roomPath(room);
  const current = path === href;
  const unread = useUnread(room);
  return (
    <Link href={href} className={`room-link ${unread > 0 ? 'unread' : ''} ${room.info.archivedAt === null ? '' : 'archived'}`} aria-current={current ? 'page' : undefined}>
      <RoomIcon room={room} />
      <span className="title">{room.title}</span>
      <Badges room={room} unread={unread} />
    </Link>
  );
}

export function RoomIcon({ room }: { room: RoomHandle }) {
  if (room.info.kind === 'direct') return <PeerMonogram room={room} />;
  if (room.info.archivedAt !== null) return <Archive size={16} aria-label="Archived room" role="img" />;
  return room.info.kind === 'private' ? <Lock size={16} aria-label="Private room" role="img" /> : <MessageSquareText size={16} aria-hidden="true" />;
}

function PeerMonogram({ room }: { room: RoomHandle }) {
  const user = usePerson(peerId(room, useMe()));
  return <><Monogram user={user} size="small" />{user?.presence.online === true && <span className="unseen">Here now: </span>}</>;
}

function Badges({ room, unread }: { room: RoomHandle; unread: number }) {
  const me = useMe();
  const mentioned = Math.min(unread, unreadMentions(room, me));
  const failed = room.pending.some(({ status }) => status === 'failed');
  return (
    <>
      {failed && <span className="badge mention"><span aria-hidden="true">!</span><span className="unseen"> not sent</span></span>}
      {mentioned > 0 && <span className="badge mention">@{mentioned}<span className="unseen"> mentions</span></span>}
      {unread > 0 && <span className="badge">{unread > 999 ? '999+' : unread}<span className="unseen"> unread</span></span>}
    </>
  );
}
