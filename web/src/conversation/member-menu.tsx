import { useState } from 'react';
import { useLocation } from 'wouter';
import { Ban, Crown, Ellipsis, MessageCircle, Shield, User as UserIcon, UserMinus } from 'lucide-react';
import type { Member, RoomHandle, User } from '@verbatim/client';
import { useChat, useMe } from '../chat/context';
import { powers, roomPath } from '../chat/rooms';
import { Confirm } from '../parts/dialog';
import { IconButton } from '../parts/icon-button';
import { Menu, MenuItem, MenuLine } from '../parts/menu';
import { attempt } from '../parts/notices';

interface MemberMenuProps {
  room: RoomHandle;
  member: Member;
  user: User;
}

const roles = [['owner', 'Make owner', Crown], ['moderator', 'Make moderator', Shield], ['member', 'Make member', UserIcon]] as const;

/** What I may do with somebody here: those of my rank and above are out of reach, which the server holds to as well. */
export function MemberMenu({ room, member, user }: MemberMenuProps) {
  const chat = useChat();
  const me = useMe();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState<'remove' | 'ban' | null>(null);
  const { manage, promote } = powers(room, me);
  const other = user.id !== me.id;
  if (!other && !promote) return null;
  const write = () => { attempt(chat.direct(user.id).then((direct) => { navigate(roomPath(direct)); })); };
  const expel = (ban: boolean) => { attempt(chat.api.removeMember({ id: room.id, userId: user.id, ban: ban ? 'true' : 'false' })); };
  return (
    <>
      <Menu trigger={<IconButton small label={`What to do with ${user.name}`}><Ellipsis size={16} /></IconButton>}>
        {other && <MenuItem onSelect={write}><MessageCircle size={16} aria-hidden="true" />Write in private</MenuItem>}
        {promote && roles.filter(([role]) => role !== member.role).map(([role, text, Icon]) => (
          <MenuItem key={role} onSelect={() => { attempt(chat.api.setMemberRole({ id: room.id, userId: user.id, role })); }}><Icon size={16} aria-hidden="true" />{text}</MenuItem>
        ))}
        {other && manage && (promote || member.role === 'member') && (
          <>
            <MenuLine />
            <MenuItem danger onSelect={() => { setAsking('remove'); }}><UserMinus size={16} aria-hidden="true" />Remove from the room</MenuItem>
            <MenuItem danger onSelect={() => { setAsking('ban'); }}><Ban size={16} aria-hidden="true" />Ban</MenuItem>
          </>
        )}
      </Menu>
      {asking === 'remove' && <Confirm title={`Remove ${user.name}?`} action="Remove" onClose={() => { setAsking(null); }} onConfirm={() => { expel(false); }}>What they said stays. {room.info.kind === 'public' ? 'They can come back.' : 'They can be brought in again.'}</Confirm>}
      {asking === 'ban' && <Confirm title={`Ban ${user.name}?`} action="Ban" onClose={() => { setAsking(null); }} onConfirm={() => { expel(true); }}>They are removed, and cannot come back unless somebody brings them in again.</Confirm>}
    </>
  );
}
