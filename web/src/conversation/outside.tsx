import { useEffect, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { Room, RoomHandle } from '@verbatim/client';
import { useChat } from '../chat/context';
import { roomPath } from '../chat/rooms';
import { reason } from '../parts/errors';
import { attempt } from '../parts/notices';
import { Waiting } from '../parts/waiting';
import { RoomsButton } from '../shell/rooms-button';

/** A room that I am not in: the door, if it is one that opens. */
export function Outside({ roomRef, onRooms }: { roomRef: string; onRooms: () => void }) {
  const chat = useChat();
  const [room, setRoom] = useState<Room>();
  const [fault, setFault] = useState<unknown>();
  useEffect(() => {
    let current = true;
    chat.api.getRoom({ id: roomRef }).then((found) => { if (current) setRoom(found); }, (error: unknown) => { if (current) setFault(error); });
    return () => { current = false; };
  }, [chat, roomRef]);
  if (room !== undefined) return <Door title={room.name} about={room.topic} onRooms={onRooms}><JoinButton roomRef={roomRef} name={room.name} /></Door>;
  if (fault === undefined) return <Waiting />;
  return <Door title="No such room" about={reason(fault)} onRooms={onRooms}><OtherRooms /></Door>;
}

/** A room that I was in until now. */
export function Gone({ room, onRooms }: { room: RoomHandle; onRooms: () => void }) {
  const { title, info, gone } = room;
  const what = { banned: 'You were banned from', removed: 'You were removed from', left: 'You are no longer in' }[gone ?? 'left'];
  const open = info.kind === 'public' && gone !== 'banned';
  const about = open ? 'You can come back whenever you like.' : 'Somebody in the room has to bring you in again.';
  return <Door sudden title={`${what} ${title}`} about={about} onRooms={onRooms}><OtherRooms />{open && <JoinButton roomRef={room.id} name={title} />}</Door>;
}

interface DoorProps {
  title: string;
  about: string;
  /** It took the place of what one was reading: screen readers are told at once. */
  sudden?: boolean;
  onRooms: () => void;
  children: ReactNode;
}

function Door({ title, about, sudden = false, onRooms, children }: DoorProps) {
  return (
    <>
      <header className="head"><RoomsButton onClick={onRooms} /></header>
      <div className="empty" role={sudden ? 'alert' : undefined}>
        <h1>{title}</h1>
        <p>{about}</p>
        {children}
      </div>
    </>
  );
}

function OtherRooms() {
  const [, navigate] = useLocation();
  return (
    <div className="row">
      <button type="button" className="button" onClick={() => { navigate('/'); }}>Back to my rooms</button>
      <button type="button" className="button" onClick={() => { navigate('/rooms'); }}>See all public rooms</button>
    </div>
  );
}

function JoinButton({ roomRef, name }: { roomRef: string; name: string }) {
  const chat = useChat();
  const [, navigate] = useLocation();
  const join = () => { attempt(chat.join(roomRef).then((joined) => { navigate(roomPath(joined), { replace: true }); })); };
  return <button type="button" className="button main" onClick={join}>Join {name}</button>;
}
