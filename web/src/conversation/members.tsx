import { useState } from 'react';
import { UserPlus, X } from 'lucide-react';
import type { Member, RoomHandle } from '@verbatim/client';
import { useMe, usePerson } from '../chat/context';
import { powers } from '../chat/rooms';
import { IconButton } from '../parts/icon-button';
import { Monogram } from '../parts/monogram';
import { presence } from '../rooms/people-page';
import { AddPeople } from './add-people';
import { MemberMenu } from './member-menu';

const groups = [['owner', 'Owners'], ['moderator', 'Moderators'], ['member', 'Members']] as const;

export function Members({ room, onClose }: { room: RoomHandle; onClose: () => void }) {
  const [adding, setAdding] = useState(false);
  const { add } = powers(room, useMe());
  const open = room.info.archivedAt === null;
  return (
    <aside className="members" aria-label="Members">
      <header>
        <h2>Who is here</h2>
        <span>
          {add && open && <IconButton small label="Bring somebody in" onClick={() => { setAdding(true); }}><UserPlus size={16} /></IconButton>}
          <IconButton small label="Close the list of members" onClick={onClose}><X size={16} /></IconButton>
        </span>
      </header>
      {groups.map(([role, title]) => <Group key={role} title={title} room={room} members={room.members.filter((member) => member.role === role)} />)}
      {room.members.length >= 200 && <p className="quiet">The first two hundred are shown.</p>}
      {adding && <AddPeople room={room} onClose={() => { setAdding(false); }} />}
    </aside>
  );
}

function Group({ title, room, members }: { title: string; room: RoomHandle; members: readonly Member[] }) {
  if (members.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul>{members.map((member) => <Row key={member.userId} room={room} member={member} />)}</ul>
    </section>
  );
}

function Row({ room, member }: { room: RoomHandle; member: Member }) {
  const me = useMe();
  const user = usePerson(member.userId);
  return (
    <li className="person">
      <Monogram user={user} />
      <div className="names"><strong>{user?.name ?? '…'}{member.userId === me.id && ' (you)'}</strong><span>{user === undefined ? '' : presence(user)}</span></div>
      {user !== undefined && <MemberMenu room={room} member={member} user={user} />}
    </li>
  );
}
