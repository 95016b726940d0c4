import type { OwnUser, RoomHandle } from '@verbatim/client';

/** The address of a room in this client: people read slugs more easily than ids. */
export function roomPath({ id, info }: RoomHandle): string {
  return `/rooms/${info.slug ?? id}`;
}

export function findRoom(rooms: readonly RoomHandle[], ref: string): RoomHandle | undefined {
  return rooms.find(({ id, info }) => id === ref || info.slug === ref);
}

/** The room that an address of this client shows. */
export function roomAt(rooms: readonly RoomHandle[], path: string): RoomHandle | undefined {
  return findRoom(rooms, path.replace(/^\/rooms\//, ''));
}

/** Whether a text calls somebody by name. */
export function mentions(text: string | null, { username }: Pick<OwnUser, 'username'>): boolean {
  if (text === null) return false;
  const called = `@${username.toLocaleLowerCase()}`;
  return text.toLocaleLowerCase().split(/[^\p{L}\p{N}\p{M}._@-]+/u).some((word) => word.startsWith(called) && /^[._-]*$/.test(word.slice(called.length)));
}

/** How many of the unread messages, as far as they are loaded, call me by name. */
export function unreadMentions({ messages, readSeq }: RoomHandle, me: OwnUser): number {
  let count = 0;
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const message = messages[at];
    if (message === undefined || message.seq <= readSeq) break;
    if (message.senderId !== me.id && mentions(message.text, me)) count += 1;
  }
  return count;
}

/** What a person may do in a room: the same table as the server's, which has the last word. */
export function powers(room: RoomHandle, me: OwnUser): { manage: boolean; promote: boolean; add: boolean; archive: boolean; deleteAny: boolean } {
  const { kind } = room.info;
  const role = kind === 'public' && me.role === 'admin' ? 'owner' : room.membership.role;
  const group = kind !== 'direct';
  const manage = group && role !== 'member';
  return { manage, promote: group && role === 'owner', add: manage || kind === 'public', archive: group && role === 'owner', deleteAny: manage };
}

/** First the rooms, then the private chats; in each the latest message first. */
export function sidebarOrder(rooms: readonly RoomHandle[]): RoomHandle[] {
  return [...rooms.filter(({ info }) => info.kind !== 'direct'), ...rooms.filter(({ info }) => info.kind === 'direct')];
}

/** The other one in a private chat. */
export function peerId({ info }: RoomHandle, me: OwnUser): string {
  return info.userIds?.find((id) => id !== me.id) ?? me.id;
}
