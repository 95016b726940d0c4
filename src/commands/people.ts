import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { OperatorService } from '../auth/operator.service.js';
import { MessageUpkeepService } from '../messages/message-upkeep.service.js';
import { RoomUpkeepService } from '../rooms/room-upkeep.service.js';
import { UsersService, type Account } from '../users/users.service.js';
import { withServices } from './application.js';
import { count, UsageError, type Command } from './command.js';

/** Everything that is kept about one person, one thing at a time. */
async function* personalData(app: INestApplicationContext, account: Account): AsyncGenerator<Record<string, unknown>> {
  yield { kind: 'profile', ...(await app.get(UsersService).getOwn(account.id)) };
  const { identities, sessions } = await app.get(OperatorService).waysIn(account);
  for (const identity of identities) yield { kind: 'identity', ...identity };
  for (const session of sessions) yield { kind: 'session', ...session };
  const places = await app.get(RoomUpkeepService).placesOf(account.id);
  for (const { membership, readSeq, ...room } of places) yield { kind: 'membership', room, readSeq, membership };
  const messages = app.get(MessageUpkeepService);
  for (const { roomId } of places) for await (const reaction of messages.reactionsOf(roomId, account.id)) yield { kind: 'reaction', roomId, ...reaction };
  // A private chat is a conversation: without the other's words one's own make no sense.
  for (const { roomId, kind } of places) for await (const message of messages.read(roomId, kind === 'direct' ? null : account.id)) yield { kind: 'message', ...message };
}

export const exportPerson: Command = {
  about: 'Write everything that is kept about somebody as lines of JSON: profile, sessions, memberships, messages, reactions, private chats.',
  args: ['user'],
  options: { out: { value: 'FILE', about: 'write there instead of stdout; must not exist' } },
  run: (call) => withServices(call, async (app) => {
    const account = await app.get(OperatorService).find(call.args[0]);
    const { out } = call.options;
    const file = typeof out === 'string' ? createWriteStream(out, { flags: 'wx', mode: 0o600 }) : null;
    if (file !== null) await once(file, 'open');
    let lines = 0;
    for await (const one of personalData(app, account)) {
      await write(file ?? call.stdout, `${JSON.stringify(one)}\n`);
      lines += 1;
    }
    if (file === null) return null;
    await new Promise((resolve) => { file.end(resolve); });
    return { text: `Wrote ${count(lines, 'line')} about ${account.username} to ${String(out)}.`, data: { userId: account.id, file: out, lines } };
  }),
};

async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

export const erase: Command = {
  about: 'Forget somebody: name, addresses, sessions, memberships and the names of rooms that were theirs alone go, nobody signs in with the account. There is no way back.',
  args: ['user'],
  options: { messages: { value: 'keep|delete', about: 'what they wrote stays, said by "Deleted user", or becomes tombstones; must be given' } },
  run: (call) => withServices(call, async (app) => {
    const { messages } = call.options;
    if (messages !== 'keep' && messages !== 'delete') throw new UsageError('Say what becomes of their messages: --messages keep, or --messages delete.');
    const operator = app.get(OperatorService);
    const account = await operator.find(call.args[0]);
    const sessionsEnded = await operator.erase(account); // First: if we are cut short, nobody comes back in. Say it again with the id, to go on.
    call.say(`The account ${account.id} belongs to nobody now. Should this be cut short, say it again with that id.`);
    const rooms = await app.get(RoomUpkeepService).departFromAll(account.id);
    const forgotten = await app.get(RoomUpkeepService).forgetRoomsAlone(account.id);
    const removed = messages === 'delete' ? await removeWords(app, account.id, call.say) : { messages: 0, reactions: 0 };
    return {
      text: `Erased: ${count(sessionsEnded, 'session')} ended, ${count(rooms.left, 'room')} left (${rooms.inherited} inherited, ${rooms.archived} archived), ${count(forgotten, 'room')} of theirs alone renamed, ${count(removed.messages, 'message')} removed.`,
      data: { userId: account.id, sessionsEnded, rooms: { ...rooms, forgotten }, removed },
    };
  }),
};

async function removeWords(app: INestApplicationContext, userId: string, say: (line: string) => void): Promise<{ messages: number; reactions: number }> {
  const upkeep = app.get(MessageUpkeepService);
  const removed = { messages: 0, reactions: 0 };
  for (const { roomId } of await app.get(RoomUpkeepService).placesOf(userId)) {
    removed.messages += await upkeep.bury(roomId, { senderId: userId }, { forgetText: true, progress: (changed) => { say(`${removed.messages + changed} messages …`); } });
    removed.reactions += await upkeep.unreact(roomId, userId);
  }
  return removed;
}
