import { createContext, useContext, useEffect, useSyncExternalStore, type ReactNode } from 'react';
import type { ConnectionInfo, OwnUser, People, RoomHandle, User, VerbatimClient } from '@verbatim/client';

const ChatContext = createContext<VerbatimClient | null>(null);

export function ChatProvider({ chat, children }: { chat: VerbatimClient; children: ReactNode }) {
  return <ChatContext value={chat}>{children}</ChatContext>;
}

export function useChat(): VerbatimClient {
  const chat = useContext(ChatContext);
  if (chat === null) throw new Error('There is no chat around this component');
  return chat;
}

/** Who I am; only below the sign-in. */
export function useMe(): OwnUser {
  const { me } = useChat();
  if (me === undefined) throw new Error('Nobody is signed in');
  return me;
}

export function useConnection(): ConnectionInfo {
  const chat = useChat();
  return useSyncExternalStore((changed) => chat.on('connection', changed), () => chat.connectionInfo);
}

export function useRooms(): readonly RoomHandle[] {
  const chat = useChat();
  return useSyncExternalStore((changed) => chat.on('rooms', changed), () => chat.rooms);
}

/** Draws again whenever anything in the room changes. */
export function useRoom(room: RoomHandle): RoomHandle {
  useSyncExternalStore(room.subscribe, () => room.version);
  return room;
}

/** Draws again whenever anything in any room changes: for sums over all of them. */
export function useAllRooms(): readonly RoomHandle[] {
  const chat = useChat();
  const changes = changesOf(chat);
  useSyncExternalStore((changed) => chat.on('room', changed), () => changes.count);
  return useRooms();
}

const changesOfAll = new WeakMap<VerbatimClient, { count: number }>();

/** Counted once for all components: a sum over thousands of rooms, at each change of each of them, would stop the page. */
function changesOf(chat: VerbatimClient): { count: number } {
  const known = changesOfAll.get(chat);
  if (known !== undefined) return known;
  const changes = { count: 0 };
  chat.on('room', () => { changes.count += 1; });
  changesOfAll.set(chat, changes);
  return changes;
}

/** Draws again whenever anybody becomes known or changes. */
export function usePeople(): People {
  const { people } = useChat();
  useSyncExternalStore(people.subscribe, () => people.version);
  return people;
}

export function usePerson(id: string): User | undefined {
  const { people } = useChat();
  return useSyncExternalStore(people.subscribe, () => people.get(id));
}

/** Keeps somebody's presence up to date while this is on the screen. */
export function useWatch(userId: string): void {
  const chat = useChat();
  useEffect(() => chat.watchPresence([userId]), [chat, userId]);
}

/** Whether somebody who is known has this username. */
export function useIsKnown(username: string): boolean {
  const { people } = useChat();
  return useSyncExternalStore(people.subscribe, () => people.named(username) !== undefined);
}
