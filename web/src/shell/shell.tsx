import { useEffect, useState } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { useAllRooms, useConnection, useMe, useRooms } from '../chat/context';
import { roomAt, roomPath } from '../chat/rooms';
import { useLayer } from '../parts/layer';
import { Waiting } from '../parts/waiting';
import { RoomPage } from '../conversation/room-page';
import { Directory } from '../rooms/directory';
import { PeoplePage } from '../rooms/people-page';
import { SettingsPage } from '../settings/settings-page';
import { Connection } from './connection';
import { Finder } from './finder';
import { useShortcuts } from './keys';
import { lastRoom } from './last-room';
import { Shortcuts } from './shortcuts';
import { Sidebar } from './sidebar';
import { useAllUnread } from './use-unread';

type Overlay = 'finder' | 'shortcuts' | null;

/** What somebody who is signed in has around the page: rooms to the left, news of the connection above it. */
export function Shell() {
  const [overlay, setOverlay] = useState<Overlay>(null);
  const { open, show, hide } = useLayer('rooms');
  const close = () => { setOverlay(null); };
  useShortcuts({ onFind: () => { setOverlay('finder'); }, onHelp: () => { setOverlay('shortcuts'); }, onEscape: hide });
  useTitle();
  return (
    <div className={`shell ${open ? 'open' : ''}`}>
      <a className="skip" href="#main">Skip to the conversation</a>
      <Sidebar onFind={() => { setOverlay('finder'); }} onHelp={() => { setOverlay('shortcuts'); }} onClose={hide} open={open} />
      <div className="scrim" onClick={hide} />
      <main className="content" id="main" tabIndex={-1}>
        <Connection />
        <Pages onRooms={show} />
      </main>
      {overlay === 'finder' && <Finder onClose={close} />}
      {overlay === 'shortcuts' && <Shortcuts onClose={close} />}
    </div>
  );
}

function Pages({ onRooms }: { onRooms: () => void }) {
  return (
    <Switch>
      <Route path="/rooms"><Directory onRooms={onRooms} /></Route>
      <Route path="/rooms/:ref">{({ ref }) => <RoomPage key={ref} roomRef={ref} onRooms={onRooms} />}</Route>
      <Route path="/people"><PeoplePage onRooms={onRooms} /></Route>
      <Route path="/settings"><SettingsPage onRooms={onRooms} /></Route>
      <Route><Home /></Route>
    </Switch>
  );
}

/** Where one was last, or the liveliest room; the directory for those who are in none. */
function Home() {
  const me = useMe();
  const rooms = useRooms();
  const { state } = useConnection();
  const before = lastRoom(me.id);
  const room = rooms.find(({ id }) => id === before) ?? rooms[0];
  if (room !== undefined) return <Redirect to={roomPath(room)} replace />;
  return state === 'online' ? <Redirect to="/rooms" replace /> : <Waiting label="Fetching your rooms" />;
}

/** The number of unread messages belongs into the tab: one looks there from elsewhere. The room tells tabs apart, and entries of the history. */
function useTitle(): void {
  const rooms = useAllRooms();
  const [path] = useLocation();
  const unread = useAllUnread();
  const room = roomAt(rooms, path);
  const page = room === undefined ? 'Verbatim' : `${room.title} – Verbatim`;
  const title = unread > 0 ? `(${unread}) ${page}` : page;
  useEffect(() => {
    document.title = title;
    return () => { document.title = 'Verbatim'; };
  }, [title]);
}
