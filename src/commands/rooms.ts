import { MessageUpkeepService } from '../messages/message-upkeep.service.js';
import { RoomUpkeepService } from '../rooms/room-upkeep.service.js';
import { withServices } from './application.js';
import { count, UsageError, type Command } from './command.js';

export const newEpoch: Command = {
  about: 'Begin a new timeline in one room, or in all: clients forget what they hold and read it anew. After history was lost.',
  args: ['room?'],
  run: (call) => withServices(call, async (app) => {
    const upkeep = app.get(RoomUpkeepService);
    const [ref] = call.args as [string?];
    const rooms = await upkeep.newEpoch(ref === undefined ? null : await upkeep.idOf(ref));
    return { text: `${count(rooms, 'room')} began a new epoch.`, data: { rooms } };
  }),
};

export const retention: Command = {
  about: 'Remove the texts of old messages. Tombstones stay in their place, so that numbers and unread counts stay true.',
  args: [],
  options: {
    'older-than': { value: 'AGE', about: 'for example 365d or 18h; must be given' },
    room: { value: 'ROOM', about: 'only in this one, by id or address' },
    'dry-run': { about: 'only count them' },
  },
  run: (call) => withServices(call, async (app) => {
    const before = new Date(Date.now() - ageOf(call.options['older-than']));
    const [upkeep, messages] = [app.get(RoomUpkeepService), app.get(MessageUpkeepService)];
    const found = await messages.count({ before }, typeof call.options.room === 'string' ? await upkeep.idOf(call.options.room) : null);
    const total = found.reduce((sum, room) => sum + room.messages, 0);
    const data = { before: before.toISOString(), rooms: found.length, messages: total };
    if (call.options['dry-run'] === true) return { text: `${count(total, 'message')} in ${count(found.length, 'room')} would become tombstones: those before ${data.before}.`, data: { ...data, removed: 0 } };
    let removed = 0;
    for (const { roomId } of found) {
      const sofar = removed;
      removed += await messages.bury(roomId, { before }, { forgetText: false, progress: (changed) => { call.say(`${sofar + changed} of ${total} …`); } });
    }
    return { text: `${count(removed, 'message')} in ${count(found.length, 'room')} became tombstones: those before ${data.before}.`, data: { ...data, removed } };
  }),
};

const units = { d: 86_400_000, h: 3_600_000 } as const;

function ageOf(text: string | boolean | undefined): number {
  const [, digits, unit] = /^(\d{1,6})([dh])$/.exec(String(text)) ?? [];
  const age = Number(digits) * (units[unit as keyof typeof units] ?? 0);
  if (!(age > 0)) throw new UsageError('--older-than must be an age such as 365d or 18h.');
  return age;
}
