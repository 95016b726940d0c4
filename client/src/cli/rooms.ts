import type { MyRoom, MyRooms } from '../../../src/contract/room.dto.js';
import { toSlug } from '../slug.js';
import { count, needs } from './arguments.js';
import { roomRef, signedIn, type Context } from './context.js';
import { exitCodes, Failure } from './failure.js';
import { clock, column, day, members, plain } from './output.js';

export async function rooms(context: Context): Promise<void> {
  const { chat, out, words } = context;
  needs(words, 0, 0, 'rooms');
  await signedIn(context);
  const shown = new Set<string>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: MyRooms = await chat.api.listMyRooms(cursor === undefined ? {} : { cursor });
    const fresh = page.rooms.filter(({ room }) => !shown.has(room.id));
    const lines = await Promise.all(fresh.map((room) => roomLine(context, room)));
    fresh.forEach((room, i) => {
      out.data(lines[i] ?? '', room);
      shown.add(room.room.id);
    });
    cursor = page.nextCursor;
  }
  if (shown.size === 0) out.talk('You are in no room yet. Find one: verbatim search <words>; or make one: verbatim create <name>');
}

async function roomLine(context: Context, { room, unread, lastMessage }: MyRoom): Promise<string> {
  const { chat, out } = context;
  const other = room.userIds?.find((id) => id !== chat.me?.id);
  const person = other === undefined ? undefined : await chat.people.find(other);
  const ref = person === undefined ? (room.slug ?? room.id) : `@${person.username}`;
  const name = plain(person?.name ?? room.name);
  const sender = lastMessage === null ? undefined : await chat.people.find(lastMessage.senderId);
  const last = lastMessage === null ? '' : `${when(lastMessage.createdAt)} ${plain(sender?.name ?? '?')}: ${plain(lastMessage.text ?? '(deleted)').replace(/\s+/g, ' ').slice(0, 50)}`;
  const badge = unread > 0 ? out.accent(`${unread} new`.padStart(8)) : ' '.repeat(8);
  return `${badge}  ${out.bold(plain(ref).padEnd(18))} ${column(name, 20)} ${out.dim(last)}`.trimEnd();
}

function when(time: string): string {
  return day(time) === day(new Date().toISOString()) ? clock(time) : day(time);
}

export async function create(context: Context): Promise<void> {
  const { chat, out, words, flags } = context;
  needs(words, 1, 1, 'create <name> [--private] [--slug <word>] [--topic <text>]');
  await signedIn(context);
  const name = words[0] ?? '';
  const slug = (flags.slug as string | undefined) ?? (flags.private === true ? undefined : toSlug(name));
  const topic = flags.topic as string | undefined;
  const room = await chat.api.createRoom({ name, kind: flags.private === true ? 'private' : 'public', ...(slug === undefined ? {} : { slug }), ...(topic === undefined ? {} : { topic }) });
  out.data(`${plain(room.name)} is there: verbatim join ${room.slug ?? room.id}`, room);
}

export async function archive(context: Context): Promise<void> {
  const { chat, out, words } = context;
  needs(words, 1, 1, 'archive <room>');
  await signedIn(context);
  const room = await chat.api.getRoom({ id: await roomRef(context, words[0] ?? '') });
  await chat.api.archiveRoom({ id: room.id });
  out.data(`${plain(room.name)} is archived. To open it again: verbatim unarchive ${room.slug ?? room.id}`, await chat.api.getRoom({ id: room.id }));
}

export async function unarchive(context: Context): Promise<void> {
  const { chat, out, words } = context;
  needs(words, 1, 1, 'unarchive <room>');
  await signedIn(context);
  const room = await chat.api.unarchiveRoom({ id: await roomRef(context, words[0] ?? '') });
  out.data(`${plain(room.name)} is open again.`, room);
}

export async function search(context: Context): Promise<void> {
  const { chat, out, words, flags } = context;
  needs(words, 1, 20, 'search <words>');
  await signedIn(context);
  const query = words.join(' ');
  const limit = count(flags.count, 20, 100);
  const [{ users }, found] = await Promise.all([chat.api.listUsers({ query, limit }), chat.api.listPublicRooms({ query, limit })]);
  for (const user of users) out.data(`person  ${out.person(user.id, `@${plain(user.username)}`.padEnd(20))} ${plain(user.name)}${user.presence.online ? out.dim(' (here now)') : ''}`, { type: 'person', ...user });
  for (const { room, memberCount, joined } of found.rooms) out.data(`room    ${out.bold(plain(room.slug ?? room.id).padEnd(20))} ${plain(room.name)}${out.dim(`  ${members(memberCount)}${joined ? ', you too' : ''}${room.topic === '' ? '' : `: ${plain(room.topic)}`}`)}`, { type: 'room', ...room, memberCount, joined });
  if (users.length + found.rooms.length === 0) throw new Failure(exitCodes.notFound, `Nothing is found for "${query}"`);
}
