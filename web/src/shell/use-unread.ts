import { useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';
import type { RoomHandle } from '@verbatim/client';
import { useAllRooms, useMe } from '../chat/context';
import { roomAt } from '../chat/rooms';
import { seenOf } from '../conversation/in-sight';

/** How many unread messages of a room to point at: without those that are on screen, which are about to be read. */
export function useUnread(room: RoomHandle): number {
  const [path] = useLocation();
  const hidden = useHidden(room);
  return roomAt([room], path) === undefined ? room.unread : Math.min(room.unread, hidden);
}

/** The same over all rooms. */
export function useAllUnread(): number {
  const rooms = useAllRooms();
  const [path] = useLocation();
  const open = roomAt(rooms, path);
  const hidden = useHidden(open);
  return rooms.reduce((sum, room) => sum + (room === open ? Math.min(room.unread, hidden) : room.unread), 0);
}

function useHidden(room: RoomHandle | undefined): number {
  const { id } = useMe();
  const seen = room === undefined ? undefined : seenOf(room, id);
  return useSyncExternalStore(seen?.subscribe ?? noSubscription, () => seen?.hidden ?? 0);
}

const noSubscription = () => () => undefined;
