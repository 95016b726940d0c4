import { useEffect, useMemo, useRef, useState } from 'react';
import type { Message, RoomHandle } from '@verbatim/client';
import { useChat, useMe, useRoom } from '../chat/context';
import { powers } from '../chat/rooms';
import { Confirm } from '../parts/dialog';
import { useLayer } from '../parts/layer';
import { attempt } from '../parts/notices';
import { ActionsContext, type MessageActions } from './actions';
import { EditMessage, NewMessage } from './composer';
import { Log, type LogHandle } from './log';
import { Members } from './members';
import { RoomHead } from './room-head';
import { TypingLine } from './typing-line';

interface ConversationProps {
  room: RoomHandle;
  /** Opens the list of rooms; absent where there is none. */
  onRooms?: () => void;
}

type Purpose = { kind: 'new' } | { kind: 'reply' | 'edit'; message: Message };
const fresh: Purpose = { kind: 'new' };

export function Conversation({ room, onRooms }: ConversationProps) {
  useRoom(room);
  useLooking(room);
  const [purpose, setPurpose] = useState<Purpose>(fresh);
  const [removing, setRemoving] = useState<Message>();
  const members = useLayer(`members of ${room.id} for ${useMe().id}`);
  const log = useRef<LogHandle>(null);
  const actions = useActionsOf({ room, setPurpose, setRemoving, goTo: (seq) => { log.current?.goTo(seq); } });
  const done = () => { setPurpose((now) => (now === purpose ? fresh : now)); }; // an edit that is saved late ends nothing that was begun after it
  return (
    <ActionsContext value={actions}>
      <div className="room">
        <RoomHead room={room} onRooms={onRooms} showMembers={members.open} onMembers={members.open ? members.hide : members.show} />
        <Log room={room} ref={log} />
        <div className="foot">
          <TypingLine room={room} />
          {room.info.archivedAt !== null ? <Archived room={room} />
            : purpose.kind === 'edit' ? <EditMessage key={purpose.message.id} message={purpose.message} onDone={done} />
              : <NewMessage replyTo={purpose.kind === 'reply' ? purpose.message : undefined} onDone={done} onSent={() => { log.current?.toNewest(); }} onMarkRead={() => { log.current?.markAll(); }} />}
        </div>
        {members.open && <Members room={room} onClose={members.hide} />}
      </div>
      {removing !== undefined && (
        <Confirm title="Delete this message?" action="Delete" onClose={() => { setRemoving(undefined); }} onConfirm={() => { attempt(room.delete(removing.id)); }}>
          Its number {removing.seq} stays on the record, its words do not. This cannot be undone.
        </Confirm>
      )}
    </ActionsContext>
  );
}

interface Parts {
  room: RoomHandle;
  setPurpose: (purpose: Purpose) => void;
  setRemoving: (message: Message) => void;
  goTo: (seq: number) => void;
}

/** The same object throughout, so that the lines need not be drawn again with each key press. */
function useActionsOf(parts: Parts): MessageActions {
  const me = useMe();
  const latest = useRef(parts);
  useEffect(() => { latest.current = parts; });
  const { room } = parts;
  return useMemo(() => ({
    room,
    reply: (message) => { latest.current.setPurpose({ kind: 'reply', message }); },
    edit: (message) => { latest.current.setPurpose({ kind: 'edit', message }); },
    remove: (message) => { latest.current.setRemoving(message); },
    goTo: (seq) => { latest.current.goTo(seq); },
    toggleReaction: (message, emoji) => {
      const mine = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.userIds.includes(me.id));
      attempt(mine ? room.unreact(message.id, emoji) : room.react(message.id, emoji));
    },
  }), [room, me.id]);
}

/** I count as a viewer while the room is on a screen that I can see. */
function useLooking(room: RoomHandle): void {
  useEffect(() => {
    const tell = () => { if (document.hidden) room.lookAway(); else room.look(); };
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => {
      document.removeEventListener('visibilitychange', tell);
      room.lookAway();
    };
  }, [room]);
}

function Archived({ room }: { room: RoomHandle }) {
  const chat = useChat();
  const { archive } = powers(room, useMe());
  return (
    <p className="closed">
      This room is archived. It can be read, but nothing can be written in it.
      {archive && <button type="button" className="button" onClick={() => { attempt(chat.api.unarchiveRoom({ id: room.id })); }}>Open it again</button>}
    </p>
  );
}
