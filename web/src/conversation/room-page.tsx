import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import type { Room } from '@verbatim/client';
import { useChat, useConnection, useMe, useRooms } from '../chat/context';
import { findRoom, roomPath } from '../chat/rooms';
import { reason } from '../parts/errors';
import { attempt } from '../parts/notices';
import { Waiting } from '../parts/waiting';
import { keepLastRoom } from '../shell/last-room';
import { RoomsButton } from '../shell/rooms-button';
import { Conversation } from './conversation';

interface RoomPageProps {
  /** Id or slug. */
  roomRef: string;
  onRooms: () => void;
}

export function RoomPage({ roomRef, onRooms }: RoomPageProps) {
  const me = useMe();
  const room = findRoom(useRooms(), roomRef);
  const { state } = useConnection();
  const id = room?.id;
  useEffect(() => { if (id !== undefined) keepLastRoom(me.id, id); }, [me.id, id]);
  if (room !== undefined) return <Conversation key={room.id} room={room} onRooms={onRooms} />;
  return state === 'online' ? <Outside roomRef={roomRef} onRooms={onRooms} /> : <Waiting label="Fetching the room" />;
}

/** A room that I am not in: the door, if it is one that opens. */
function Outside({ roomRef, onRooms }: RoomPageProps) {
  const chat = useChat();
  const [, navigate] = useLocation();
  const [room, setRoom] = useState<Room>();
  const [fault, setFault] = useState('');
  useEffect(() => {
    let current = true;
    chat.api.getRoom({ id: roomRef }).then((found) => { if (current) setRoom(found); }, (error: unknown) => { if (current) setFault(reason(error)); });
    return () => { current = false; };
  }, [chat, roomRef]);
  if (room === undefined && fault === '') return <Waiting />;
  const join = () => { attempt(chat.join(roomRef).then((joined) => { navigate(roomPath(joined), { replace: true }); })); };
  return (
    <>
      <header className="head"><RoomsButton onClick={onRooms} /></header>
      <div className="empty">
        <h1>{room?.name ?? 'No such room'}</h1>
        <p>{room === undefined ? fault : room.topic}</p>
        {room === undefined ? <button type="button" className="button" onClick={() => { navigate('/rooms'); }}>See all public rooms</button> : <button type="button" className="button main" onClick={join}>Join {room.name}</button>}
      </div>
    </>
  );
}
