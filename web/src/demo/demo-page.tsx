import { useEffect, useState } from 'react';
import { Cable, Unplug } from 'lucide-react';
import { VerbatimClient, type RoomHandle } from '@verbatim/client';
import { ChatProvider, useAllRooms, useChat, useConnection, useMe, usePerson, useRooms } from '../chat/context';
import { findRoom } from '../chat/rooms';
import { Conversation } from '../conversation/conversation';
import { reason } from '../parts/errors';
import { Monogram } from '../parts/monogram';
import { Waiting } from '../parts/waiting';
import { demoPassword, demoPeople } from './demo-people';

/** Two people side by side, each with a plug to pull: so that one sees what happens to what is said meanwhile. */
export default function DemoPage() {
  return (
    <main className="stage">
      <header>
        <a className="brand" href="/">Verbatim</a>
        <p>Two people, two connections. Cut one, let both write, and connect it again: everything arrives once, in one order.</p>
      </header>
      <div className="pair">{demoPeople.map((name) => <Side key={name} login={name} />)}</div>
    </main>
  );
}

/** A client of its own, in memory only: nothing is shared with the other side, nor with who is signed in here otherwise. */
function Side({ login }: { login: string }) {
  const [chat, setChat] = useState<VerbatimClient>();
  const [fault, setFault] = useState('');
  useEffect(() => {
    const own = new VerbatimClient({ url: location.origin, messagesInMemory: 20_000 });
    let current = true;
    own.login({ login, password: demoPassword }).then(() => own.start()).then(
      () => { if (current) setChat(own); },
      (error: unknown) => { if (current) setFault(reason(error)); },
    );
    return () => {
      current = false;
      own.stop();
    };
  }, [login]);
  if (fault !== '') return <section className="side" aria-label={login}><p className="alert" role="alert">{fault}</p></section>;
  if (chat === undefined) return <section className="side" aria-label={login}><Waiting label={`${login} is coming in`} /></section>;
  return <ChatProvider chat={chat}><section className="side" aria-label={login}><Strip /><Stage /></section></ChatProvider>;
}

function Stage() {
  const room = findRoom(useRooms(), 'tea');
  return room === undefined ? <Waiting label="Fetching the room" /> : <Conversation room={room} />;
}

function Strip() {
  const chat = useChat();
  const me = useMe();
  const user = usePerson(me.id);
  const [cut, setCut] = useState(false);
  const toggle = () => {
    if (cut) void chat.start();
    else chat.stop();
    setCut(!cut);
  };
  return (
    <div className="strip">
      <Monogram user={user} />
      <p className="state" role="status"><strong>{me.name}</strong><br /><State cut={cut} room={findRoom(useAllRooms(), 'tea')} /></p>
      <button type="button" role="switch" aria-checked={!cut} className={cut ? 'button main' : 'button'} onClick={toggle}>
        {cut ? <Cable size={16} aria-hidden="true" /> : <Unplug size={16} aria-hidden="true" />}{cut ? 'Connect again' : 'Cut the connection'}
      </button>
    </div>
  );
}

function State({ cut, room }: { cut: boolean; room: RoomHandle | undefined }) {
  const { state } = useConnection();
  const waiting = room?.pending.length ?? 0;
  if (cut) return waiting === 0 ? 'Cut off. What is written now waits here.' : `Cut off. ${waiting === 1 ? 'One message waits' : `${waiting} messages wait`} here.`;
  return { offline: 'No connection', connecting: 'Connecting …', syncing: 'Catching up …', online: 'Connected' }[state];
}
