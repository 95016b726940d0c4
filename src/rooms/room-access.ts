import type { Role, RoomKind } from '../contract/room.dto.js';
import type { UserRole } from '../contract/user.dto.js';
import { Refusal } from '../common/refusal.js';

export type Action =
  | 'room:see' | 'room:read' | 'room:join' | 'room:leave' | 'room:update' | 'room:archive'
  | 'message:send' | 'message:delete-any' | 'member:add' | 'member:remove' | 'member:ban' | 'member:promote';

/** What a person is to a room. */
export type Standing = Role | 'stranger' | 'banned' | 'warden';

const member: readonly Action[] = ['room:see', 'room:read', 'room:join', 'room:leave', 'message:send'];
const moderator: readonly Action[] = [...member, 'message:delete-any', 'member:add', 'member:remove', 'member:ban', 'room:update'];
const owner: readonly Action[] = [...moderator, 'room:archive', 'member:promote'];
/** An admin of the server looks after public rooms without being in them, but speaks only where they are a member. */
const warden = owner.filter((action) => action !== 'message:send');

/** Permissions, to be read aloud: in a public room … */
const inPublic: Record<Standing, readonly Action[]> = { owner, moderator, member: [...member, 'member:add'], stranger: ['room:see', 'room:join'], banned: ['room:see'], warden };
/** … in a private one, of which strangers do not even learn that it exists … */
const inPrivate: Record<Standing, readonly Action[]> = { owner, moderator, member, stranger: [], banned: [], warden: [] };
/** … and in the private chat of two, which nobody else enters and neither can leave. */
const inDirect: Record<Standing, readonly Action[]> = { owner: [], moderator: [], member: ['room:see', 'room:read', 'room:join', 'message:send'], stranger: [], banned: [], warden: [] };

const tables: Record<RoomKind, Record<Standing, readonly Action[]>> = { public: inPublic, private: inPrivate, direct: inDirect };

export interface Place {
  kind: RoomKind;
  archived: boolean;
  standing: Standing;
}

/** Admins of the server look after public rooms as their owners do; private ones are none of their business. */
export function standingOf(membership: { role: Role; left: boolean; banned: boolean } | null, kind: RoomKind, serverRole: UserRole): Standing {
  const present = membership !== null && !membership.left && !membership.banned;
  if (kind === 'public' && serverRole === 'admin') return present ? 'owner' : 'warden';
  if (membership?.banned === true) return 'banned';
  return present ? membership.role : 'stranger';
}

const writes: readonly Action[] = ['room:join', 'room:update', 'message:send', 'message:delete-any', 'member:add', 'member:promote'];

/** The one answer to "may this user do this here?" for REST and sockets alike. Fails closed. */
export function refuseUnlessAllowed({ kind, archived, standing }: Place, action: Action): void {
  const allowed = tables[kind][standing];
  if (!allowed.includes('room:see')) throw new Refusal('not_found');
  if (archived && writes.includes(action)) throw new Refusal('room_archived');
  if (allowed.includes(action)) return;
  if (standing === 'banned') throw new Refusal('banned');
  if (kind === 'direct' && action !== 'message:delete-any') throw new Refusal('not_for_this_room');
  throw new Refusal(standing === 'stranger' || standing === 'warden' ? 'not_a_member' : 'forbidden');
}
