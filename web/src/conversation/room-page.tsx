import { useEffect, useState } from 'react';
import type { RoomHandle } from '@verbatim/client';
import { useConnection, useMe, useRooms } from '../chat/context';
import { findRoom } from '../chat/rooms';
import { Waiting } from '../parts/waiting';
import { keepLastRoom } from '../shell/last-room';
import { Conversation } from './conversation';
import { Gone, Outside } from './outside';

interface RoomPageProps {
  /** Id or slug. */
  roomRef: string;
  onRooms: () => void;
}

export function RoomPage({ roomRef, onRooms }: RoomPageProps) {
  const me = useMe();
  const room = findRoom(useRooms(), roomRef);
  const before = useLatest(room);
  const { state } = useConnection();
  const id = room?.id;
  useEffect(() => { if (id !== undefined) keepLastRoom(me.id, id); }, [me.id, id]);
  if (room !== undefined) return <Conversation key={room.id} room={room} onRooms={onRooms} />;
  if (before?.gone !== undefined) return <Gone room={before} onRooms={onRooms} />;
  return state === 'online' ? <Outside roomRef={roomRef} onRooms={onRooms} /> : <Waiting label="Fetching the room" />;
}

/** The room, and when I am no longer in it the one that it was. */
function useLatest(room: RoomHandle | undefined): RoomHandle | undefined {
  const [latest, setLatest] = useState(room);
  if (room !== undefined && room !== latest) setLatest(room);
  return room ?? latest;
}
