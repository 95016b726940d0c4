import type { Message } from '../../../src/contract/message.dto.js';
import type { RoomHandle } from '../room.js';
import type { Context } from './context.js';
import { liveHelp } from './help.js';
import { messageLine, plain } from './output.js';

export interface LiveContext extends Context {
  room: RoomHandle;
  /** A note about what happens. */
  say: (line: string) => void;
  /** What was asked for. */
  print: (text: string) => void;
  leave: () => void;
}

const commands: Record<string, (context: LiveContext, rest: string) => Promise<void> | void> = {
  help: ({ print }) => { print(liveHelp.trimEnd()); },
  quit: ({ leave }) => { leave(); },
  who,
  more,
  edit: async ({ room, chat }, text) => { await room.edit(lastOwn(room, chat.me?.id).id, text); },
  delete: async ({ room, chat }) => { await room.delete(lastOwn(room, chat.me?.id).id); },
  react: async ({ room }, rest) => {
    const [emoji = '👍', number] = rest.split(/\s+/).filter(Boolean);
    const seq = number === undefined ? room.lastSeq : Number(number.replace('#', ''));
    const message = room.messages.find((each) => each.seq === seq);
    if (message === undefined) throw new Error(`There is no message ${number ?? ''} here`);
    await room.react(message.id, emoji);
  },
};

export async function runLiveCommand(context: LiveContext, line: string): Promise<void> {
  const [name = '', ...rest] = line.split(' ');
  const command = commands[name];
  if (command === undefined) throw new Error(`There is no /${name}; see /help. To say it, write //${name}`);
  await command(context, rest.join(' '));
}

async function who({ room, chat, out, print }: LiveContext): Promise<void> {
  // Of a large room nobody pushes who is here.
  const { members, users, total } = await chat.api.listMembers({ id: room.id, limit: 50 });
  const names = users.map((person) => {
    const role = members.find(({ userId }) => userId === person.id)?.role ?? 'member';
    return `${out.person(person.id, plain(person.name))}${role === 'member' ? '' : ` (${role})`}${person.presence.online ? ' · here' : ''}`;
  });
  print(`${names.join('\n')}${total > users.length ? `\n… and ${total - users.length} more` : ''}\n${room.viewers} looking now`);
}

async function more({ room, chat, out, say, print }: LiveContext): Promise<void> {
  const before = room.messages[0]?.seq ?? 0;
  if (!(await room.loadEarlier(20))) {
    say('· this is the beginning');
    return;
  }
  const earlier = room.messages.filter(({ seq }) => seq < before);
  const senders = await Promise.all(earlier.map(({ senderId }) => chat.people.find(senderId)));
  earlier.forEach((message, i) => { print(messageLine(out, message, senders[i]?.name ?? '?')); });
}

function lastOwn(room: RoomHandle, me: string | undefined): Message {
  const message = [...room.messages].reverse().find(({ senderId, deletedAt }) => senderId === me && deletedAt === null);
  if (message === undefined) throw new Error('You have said nothing here that could be changed');
  return message;
}
