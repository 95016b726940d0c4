import { useCallback, useEffect, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { Member, RoomHandle } from '@verbatim/client';
import { useMe, usePerson, useWatch } from '../chat/context';
import { reason } from '../parts/errors';
import { Monogram } from '../parts/monogram';
import { presence } from '../rooms/people-page';
import { MemberMenu } from './member-menu';

interface MemberRowsProps {
  room: RoomHandle;
  members: readonly Member[];
  /** How many they are when all are loaded. */
  total: number;
}

const titles = { owner: 'Owners', moderator: 'Moderators', member: 'Members' };
/** In rows. */
const nearEnd = 40;

/** However many they are: only those in sight are in the document, and further ones are fetched as one comes near the end. */
export function MemberRows({ room, members, total }: MemberRowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const all = members === room.members;
  const { fault, load } = useLoading(room);
  const look = useCallback(() => {
    const { current } = list;
    if (all && current !== null && current.findItemIndex(current.scrollOffset + current.viewportSize) > members.length - nearEnd) load();
  }, [all, load, members.length]);
  useEffect(look, [look]);
  useEffect(() => { if (all) load(); }, [all, load]); // those that came with the room are the first who came, not the first in the list
  return (
    <>
      <div ref={box} className="member-rows" role="list">
        <Virtualizer ref={list} data={members} scrollRef={box} itemSize={46} bufferSize={500} onScroll={look}>
          {(member: Member, index) => (
            <div key={member.userId} role="listitem" aria-posinset={index + 1} aria-setsize={total}>
              {members[index - 1]?.role !== member.role && <h3>{titles[member.role]}</h3>}
              <Row room={room} member={member} />
            </div>
          )}
        </Virtualizer>
      </div>
      {fault !== '' && <p className="alert" role="alert">{fault} <button type="button" className="button small" onClick={load}>Try again</button></p>}
    </>
  );
}

function useLoading(room: RoomHandle) {
  const [fault, setFault] = useState('');
  const load = useCallback(() => {
    if (!room.hasMoreMembers) return;
    setFault('');
    room.loadMembers().catch((error: unknown) => { setFault(reason(error)); });
  }, [room]);
  return { fault, load };
}

function Row({ room, member }: { room: RoomHandle; member: Member }) {
  const me = useMe();
  const user = usePerson(member.userId);
  useWatch(member.userId);
  return (
    <div className="person">
      <Monogram user={user} />
      <div className="names"><strong>{user?.name ?? '…'}{member.userId === me.id && ' (you)'}</strong><span>{user === undefined ? '' : presence(user)}</span></div>
      {user !== undefined && <MemberMenu room={room} member={member} user={user} />}
    </div>
  );
}
