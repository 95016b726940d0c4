import { useState } from 'react';
import { useLocation } from 'wouter';
import { Archive, ArchiveRestore, DoorOpen, Ellipsis, Eye, Link as LinkIcon, Pencil, Users } from 'lucide-react';
import type { RoomHandle } from '@verbatim/client';
import { useChat, useMe, usePerson } from '../chat/context';
import { peerId, powers, roomPath } from '../chat/rooms';
import { Confirm } from '../parts/dialog';
import { IconButton } from '../parts/icon-button';
import { Menu, MenuItem, MenuLine } from '../parts/menu';
import { attempt, notify } from '../parts/notices';
import { presence } from '../rooms/people-page';
import { RoomSettings } from '../rooms/room-settings';
import { RoomsButton } from '../shell/rooms-button';

interface RoomHeadProps {
  room: RoomHandle;
  onRooms: (() => void) | undefined;
  showMembers: boolean;
  onMembers: () => void;
}

/** Everybody is in it, for good. */
const lobby = 'lobby';

type Asking = 'settings' | 'leave' | 'archive' | null;

export function RoomHead({ room, onRooms, showMembers, onMembers }: RoomHeadProps) {
  const [asking, setAsking] = useState<Asking>(null);
  const direct = room.info.kind === 'direct';
  return (
    <header className="head">
      {onRooms !== undefined && <RoomsButton onClick={onRooms} />}
      <div className="titles">
        <h1>{room.title}</h1>
        {direct ? <PeerLine room={room} /> : room.info.topic !== '' && <p className="topic">{room.info.topic}</p>}
      </div>
      {room.viewers > 0 && !direct && <span className="viewers" title="How many people have this room on their screen"><Eye size={15} aria-hidden="true" />{room.viewers} reading</span>}
      {!direct && <IconButton className="members-button" label={`Members, ${room.memberCount}`} aria-pressed={showMembers} onClick={onMembers}><Users size={17} aria-hidden="true" />{room.memberCount.toLocaleString()}</IconButton>}
      {!direct && <RoomMenu room={room} onAsk={setAsking} />}
      <Questions room={room} asking={asking} onClose={() => { setAsking(null); }} />
    </header>
  );
}

function PeerLine({ room }: { room: RoomHandle }) {
  const user = usePerson(peerId(room, useMe()));
  return <p className="topic">{user === undefined ? '' : `@${user.username} · ${presence(user)}`}</p>;
}

function RoomMenu({ room, onAsk }: { room: RoomHandle; onAsk: (asking: Asking) => void }) {
  const chat = useChat();
  const { manage, archive } = powers(room, useMe());
  const open = room.info.archivedAt === null;
  const copy = () => { attempt(navigator.clipboard.writeText(`${location.origin}${roomPath(room)}`).then(() => { notify('The address of this room is in the clipboard.'); })); };
  return (
    <Menu trigger={<IconButton label="Room menu"><Ellipsis size={18} /></IconButton>}>
      <MenuItem onSelect={copy}><LinkIcon size={16} aria-hidden="true" />Copy address</MenuItem>
      {manage && open && <MenuItem onSelect={() => { onAsk('settings'); }}><Pencil size={16} aria-hidden="true" />Name and topic</MenuItem>}
      {room.info.slug !== lobby && (
        <>
          <MenuLine />
          <MenuItem onSelect={() => { onAsk('leave'); }}><DoorOpen size={16} aria-hidden="true" />Leave the room</MenuItem>
          {archive && open && <MenuItem danger onSelect={() => { onAsk('archive'); }}><Archive size={16} aria-hidden="true" />Archive the room</MenuItem>}
          {archive && !open && <MenuItem onSelect={() => { attempt(chat.api.unarchiveRoom({ id: room.id })); }}><ArchiveRestore size={16} aria-hidden="true" />Open the room again</MenuItem>}
        </>
      )}
    </Menu>
  );
}

function Questions({ room, asking, onClose }: { room: RoomHandle; asking: Asking; onClose: () => void }) {
  const chat = useChat();
  const [, navigate] = useLocation();
  if (asking === 'settings') return <RoomSettings room={room} onClose={onClose} />;
  if (asking === 'leave') {
    const leave = () => { attempt(room.leave().then(() => { navigate('/'); })); };
    return <Confirm title={`Leave ${room.title}?`} action="Leave" onClose={onClose} onConfirm={leave}>{room.info.kind === 'public' ? 'You can come back whenever you like.' : 'Somebody in the room has to bring you in again.'}</Confirm>;
  }
  if (asking === 'archive') return <Confirm title={`Archive ${room.title}?`} action="Archive" onClose={onClose} onConfirm={() => { attempt(chat.api.archiveRoom({ id: room.id })); }}>Everybody can still read it, nobody can write in it. This can be undone: an owner can open the room again in the same menu.</Confirm>;
  return null;
}
