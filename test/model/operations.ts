import type { Message } from '../../src/contract/message.dto.js';
import type { Room } from '../../src/contract/room.dto.js';
import { id, type Chatter } from '../setup/chatters.js';
import type { Answer, Person } from '../setup/people.js';
import type { Replica } from '../setup/replica.js';
import type { World } from './world.js';

type Operation = (world: World, device: Replica) => Promise<void>;

const emojis = ['👍', '🎉', '😀', '❤️'];
const mostRooms = 9;
/** A refusal is an answer, too, while people come and go; anything else is a surprise. */
const fair = ['not_found', 'forbidden', 'not_a_member', 'banned', 'last_owner', 'message_deleted', 'not_for_this_room', 'room_archived', 'too_many_reactions', 'stale_rev'];

async function ask<Data>(world: World, device: Replica, name: string, body: object): Promise<Data | undefined> {
  const voice: Chatter | undefined = device.voice;
  if (voice === undefined) return undefined;
  const answer = await voice.raw<Data>(name, body).catch((error: unknown) => {
    if (voice.socket.connected) world.surprises.push(`${name} was never answered: ${String(error)}`);
    return undefined;
  });
  if (answer?.ok === false && !fair.includes(answer.error.code)) world.surprises.push(`${name} was answered with ${JSON.stringify(answer.error)}`);
  return answer?.ok === true ? answer.data : undefined;
}

function judged<Body>(world: World, what: string, answer: Answer<Body>): Body | undefined {
  if (answer.status < 300) return answer.body;
  const { code } = answer.body as { code: string };
  if (!fair.includes(code)) world.surprises.push(`${what} was answered with ${JSON.stringify(answer.body)}`);
  return undefined;
}

/** Mostly a room that this device shows, sometimes any. */
function someRoom({ random, rooms }: World, device: Replica): string {
  const shown = [...device.rooms.keys()];
  return (random.chance(0.9) ? random.pick(shown) : undefined) ?? (random.pick(rooms) as string);
}

const someMessage = ({ random, messages }: World) => random.pick(random.chance(0.7) ? messages.slice(-40) : messages);
const somebody = ({ random, people }: World): Person => random.pick(people) as Person;

async function deliver(world: World, device: Replica, body: { clientId: string; text: string; roomId: string; replyTo?: number }): Promise<void> {
  const senderId = device.person.user.id;
  const at = performance.now();
  world.sent.push({ clientId: body.clientId, senderId, roomId: body.roomId, text: body.text, at });
  const overSocket = device.voice !== undefined && world.random.chance(0.8);
  const message = overSocket
    ? (await ask<{ message: Message }>(world, device, 'new_message', body))?.message
    : judged(world, 'sending', await device.person.post<Message>('/messages', body));
  if (message === undefined) return;
  world.acked.push({ clientId: body.clientId, senderId, roomId: body.roomId, seq: message.seq, id: message.id, sentAt: at, ackedAt: performance.now() });
  world.learn(message);
}

const send: Operation = async (world, device) => {
  const { random } = world;
  const roomId = someRoom(world, device);
  const replyTo = random.chance(0.2) ? [...(device.rooms.get(roomId)?.messages.keys() ?? [])].at(-1) : undefined;
  const body = { roomId, clientId: id(), text: `${device.person.email} ${random.below(1e6)}`, ...(replyTo === undefined ? {} : { replyTo }) };
  await Promise.all(random.chance(0.1) ? [deliver(world, device, body), deliver(world, device, body)] : [deliver(world, device, body)]);
};

/** The answer was lost, as far as this client knows: it sends the same again, much later perhaps. */
const sendAgain: Operation = async (world, device) => {
  const mine = world.sent.filter(({ senderId }) => senderId === device.person.user.id);
  const earlier = world.random.pick(mine);
  if (earlier !== undefined) await deliver(world, device, { roomId: earlier.roomId, clientId: earlier.clientId, text: earlier.text });
};

const edit: Operation = async (world, device) => {
  const message = someMessage(world);
  if (message === undefined) return;
  world.edited.add(message.id);
  await ask(world, device, 'edit_message', { messageId: message.id, text: `edited ${world.random.below(1e6)}` });
};

const about = (name: string, more: (world: World) => object = () => ({})): Operation => async (world, device) => {
  const message = someMessage(world);
  if (message !== undefined) await ask(world, device, name, { messageId: message.id, ...more(world) });
};

const emoji = (world: World) => ({ emoji: world.random.pick(emojis) });

const create: Operation = async (world, { person }) => {
  if (world.rooms.length >= mostRooms) return;
  const memberIds = world.people.filter((other) => other !== person && world.random.chance(0.4)).map(({ user }) => user.id);
  const room = judged(world, 'creating', await person.post<Room>('/rooms', { name: `Room ${world.random.below(1e6)}`, kind: world.random.chance(0.5) ? 'public' : 'private', memberIds }));
  if (room !== undefined) world.rooms.push(room.id);
};

const direct: Operation = async (world, { person }) => {
  const other = somebody(world);
  if (other === person) return;
  const made = judged(world, 'a private chat', await person.put<{ room: Room }>(`/dms/${other.user.id}`));
  if (made !== undefined && !world.rooms.includes(made.room.id)) world.rooms.push(made.room.id);
};

const join: Operation = async (world, device) => {
  const roomId = world.random.pick(world.rooms) as string;
  if (world.random.chance(0.5)) await ask(world, device, 'join_room', { room: roomId });
  else judged(world, 'joining', await device.person.post(`/rooms/${roomId}/join`));
};

const leave: Operation = async (world, device) => {
  judged(world, 'leaving', await device.person.post(`/rooms/${someRoom(world, device)}/leave`));
};

const expel = (query: string): Operation => async (world, device) => {
  judged(world, 'removing', await device.person.delete(`/rooms/${someRoom(world, device)}/members/${somebody(world).user.id}${query}`));
};

/** Also lets banned people in again. */
const add: Operation = async (world, device) => {
  judged(world, 'adding', await device.person.post(`/rooms/${someRoom(world, device)}/members`, { userId: somebody(world).user.id }));
};

const promote: Operation = async (world, device) => {
  const role = world.random.pick(['owner', 'moderator', 'member']);
  judged(world, 'promoting', await device.person.patch(`/rooms/${someRoom(world, device)}/members/${somebody(world).user.id}`, { role }));
};

const rename: Operation = async (world, device) => {
  judged(world, 'renaming', await device.person.patch(`/rooms/${someRoom(world, device)}`, { name: `Name ${world.random.below(1e6)}` }));
};

const markRead: Operation = async (world, device) => {
  const roomId = someRoom(world, device);
  const newest = device.rooms.get(roomId)?.messages.size ?? 0;
  const seq = Math.max(0, newest - world.random.below(6));
  if (world.random.chance(0.7)) await ask(world, device, 'mark_read', { roomId, seq });
  else judged(world, 'reading', await device.person.put(`/rooms/${roomId}/read`, { seq }));
};

const drop: Operation = async (_, device) => { device.drop(); };

const reconnect: Operation = async (world, device) => {
  if (device.voice === undefined) await world.reconnect(device);
};

const syncAtWill: Operation = async (_, device) => {
  if (device.voice !== undefined) await device.sync();
};

export const operations = {
  send, sendAgain, edit, delete: about('delete_message'), react: about('add_reaction', emoji), unreact: about('remove_reaction', emoji), create, direct, join, leave,
  kick: expel(''), ban: expel('?ban=true'), add, promote, rename, markRead, drop, reconnect, syncAtWill,
} satisfies Record<string, Operation>;

export const weights: Record<keyof typeof operations, number> = {
  send: 34, sendAgain: 4, edit: 8, delete: 4, react: 9, unreact: 5, create: 2, direct: 2, join: 6, leave: 2,
  kick: 2, ban: 1.5, add: 5, promote: 3, rename: 2, markRead: 10, drop: 4, reconnect: 7, syncAtWill: 1,
};
