// What people in a room notice while one account floods the server, beside what they notice without: for each socket request and REST operation.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';

const people = 20;
const rooms = 40;
const calmSeconds = 6;
/** An account may send twenty messages in ten seconds. */
const pauseMs = 700;

const ref = (room) => ({ roomId: room.id });
const socketRequests = {
  sync: () => [{}],
  join_room: (room) => [{ room: room.id }],
  leave_room: (room) => [ref(room)],
  look: (room) => [{ ...ref(room), looking: true }, { ...ref(room), looking: false }],
  new_message: (room) => [{ ...ref(room), text: 'flood' }],
  fetch_messages: (room) => [{ ...ref(room), limit: 100 }],
  edit_message: (_, message) => [{ messageId: message.id, text: 'one' }, { messageId: message.id, text: 'other' }],
  delete_message: () => [{ messageId: randomUUID() }],
  add_reaction: (_, message) => [{ messageId: message.id, emoji: '👍' }],
  remove_reaction: (_, message) => [{ messageId: message.id, emoji: '👍' }],
  mark_read: (room) => [{ ...ref(room), seq: 1 }],
  typing: (room) => [{ ...ref(room), typing: true }, { ...ref(room), typing: false }],
  refresh_token: (room, message, token) => [{ accessToken: token }],
  nonsense: () => [{ x: 'x'.repeat(10_000) }],
};

const api = '/api/v1';
const restOperations = {
  'GET me': () => ['GET', ['/users/me']],
  'GET people': () => ['GET', ['/users?query=p&limit=100']],
  'PATCH me': () => ['PATCH', ['/users/me'], [{ name: 'One' }, { name: 'Other' }]],
  'GET rooms': () => ['GET', ['/rooms']],
  'GET public rooms': () => ['GET', ['/rooms/public?limit=100']],
  'POST room': () => ['POST', ['/rooms'], [{ name: 'Flood', kind: 'private' }]],
  'PATCH room': (room) => ['PATCH', [`/rooms/${room.id}`], [{ topic: 'x' }]],
  'GET room': (room) => ['GET', [`/rooms/${room.id}`]],
  'PUT read': (room) => ['PUT', [`/rooms/${room.id}/read`], [{ seq: 1 }]],
  'PUT dm': (_, __, ___, other) => ['PUT', [`/dms/${other}`], [{}]],
  'GET unread': () => ['GET', ['/users/me/unread?verify=true']],
  'POST join': (room) => ['POST', [`/rooms/${room.id}/join`], [{}]],
  'GET members': (room) => ['GET', [`/rooms/${room.id}/members?limit=100`]],
  'POST member': (room, _, __, other) => ['POST', [`/rooms/${room.id}/members`], [{ userId: other }]],
  'GET messages': (room) => ['GET', [`/rooms/${room.id}/messages?limit=100`]],
  'POST message': (room) => ['POST', [`/rooms/${room.id}/messages`], [{ text: 'flood' }]],
  'GET conversation': (_, __, ___, other) => ['GET', [`/conversations/${other}/messages`]],
  'PATCH message': (_, message) => ['PATCH', [`/messages/${message.id}`], [{ text: 'one' }, { text: 'other' }]],
  'PUT reaction': (_, message) => ['PUT', [`/messages/${message.id}/reactions/%F0%9F%91%8D`], [{}]],
  'DELETE reaction': (_, message) => ['DELETE', [`/messages/${message.id}/reactions/%F0%9F%91%8D`]],
  'POST sync': () => ['POST', ['/sync'], [{}]],
  'GET sessions': () => ['GET', ['/auth/sessions']],
  'POST refresh': () => ['POST', ['/auth/refresh'], [{ refreshToken: 'wrong' }]],
  'POST login': () => ['POST', ['/auth/login'], [{ login: 'nobody', password: 'wrong wrong wrong' }]],
  'GET documents': () => ['GET', ['/api-docs-yaml'], undefined, ''],
};

export const kinds = { sockets: Object.keys(socketRequests), rest: Object.keys(restOperations) };
/** One flood of all of them by turns. */
const together = { 'all socket requests': kinds.sockets, 'all REST operations': kinds.rest };

async function ask(url, path, { token, method = 'POST', body = {} } = {}) {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${Math.ceil(Math.random() * 250)}`, ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${url}${api}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return await answer.json();
}

async function register(url, name) {
  const { user, accessToken } = await ask(url, '/auth/register', { body: { name, username: `${name}${randomUUID().slice(0, 8)}`, email: `${randomUUID()}@example.org`, password: 'correct horse battery' } });
  return { id: user.id, token: accessToken };
}

/** Somebody who says something now and then, and notes how long the answers took. */
class Sender {
  constructor(url, { token }, roomId) {
    this.socket = io(url, { auth: { token }, transports: ['websocket'], forceNew: true });
    this.roomId = roomId;
    this.times = [];
    this.refused = 0;
  }

  async talk(until) {
    await pause(Math.random() * pauseMs);
    for (; Date.now() < until; await pause(pauseMs)) {
      const began = performance.now();
      const ack = await this.socket.timeout(10_000).emitWithAck('new_message', { roomId: this.roomId, clientId: randomUUID(), text: 'hello' }).catch(() => ({ ok: false }));
      if (ack.ok) this.times.push(performance.now() - began);
      else this.refused += 1;
    }
  }
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function measure(senders, seconds) {
  for (const sender of senders) Object.assign(sender, { times: [], refused: 0 });
  await Promise.all(senders.map((sender) => sender.talk(Date.now() + seconds * 1000)));
  const times = senders.flatMap((sender) => sender.times).sort((a, b) => a - b);
  return { sent: times.length, failed: senders.reduce((sum, { refused }) => sum + refused, 0), p50: at(times, 0.5), p99: at(times, 0.99) };
}

async function flooded(process, task, work) {
  const ended = once(process, 'message');
  process.send(task);
  const result = await work();
  const [outcomes] = await ended;
  return { ...result, ...outcomes };
}

function requestsOf(name, { room, message, flooder, other }) {
  if (name in socketRequests) return socketRequests[name](room, message, flooder.token).map((body) => ({ event: name, body }));
  const [method, paths, bodies = [undefined], prefix = api] = restOperations[name](room, message, flooder.token, other);
  return bodies.map((body) => ({ method, path: prefix + paths[0], body }));
}

/** What the server needs: everyone comes from one address, and one person makes all the rooms. */
export const floodSettings = { RATE_LIMITS: 'on', TRUST_PROXY: 'on', ROOMS_PER_HOUR: '1000', ADDED_MEMBERS_PER_HOUR: '10000' };

/**
 * For each kind its figures over so many seconds, beside those of a short calm phase just before. The server must be new, with `floodSettings`: who
 * registers first is its admin and makes the rooms.
 */
export async function floodAt(url, names, seconds, tell = () => {}) {
  const admin = await register(url, 'admin');
  const others = [];
  for (let n = 0; n < people; n += 1) others.push(await register(url, 'person'));
  const flooders = [];
  for (const name of names) flooders.push({ name, ...(await register(url, 'flooder')) });
  const memberIds = flooders.map(({ id }) => id);
  for (let n = 0; n < rooms; n += 1) await ask(url, '/rooms', { token: admin.token, body: { name: `Room ${n}`, kind: 'private', memberIds } });
  const room = await ask(url, '/rooms', { token: admin.token, body: { name: 'Everybody', kind: 'private', memberIds: [...memberIds, ...others.map(({ id }) => id)].slice(0, 100) } });
  const senders = others.map((person) => new Sender(url, person, room.id));
  await Promise.all(senders.map(({ socket }) => once(socket, 'connect')));
  await measure(senders, 3); // Warms up.
  const process = fork(fileURLToPath(new URL('flooder.mjs', import.meta.url)));
  const rows = [];
  for (const flooder of flooders) {
    const message = await ask(url, `/rooms/${room.id}/messages`, { token: flooder.token, body: { text: 'mine' } });
    const calm = await measure(senders, calmSeconds);
    const about = { room, message, flooder, other: others[0].id };
    const requests = (together[flooder.name] ?? [flooder.name]).flatMap((name) => requestsOf(name, about));
    const row = { name: flooder.name, calm, flood: await flooded(process, { url, token: flooder.token, requests, seconds }, () => measure(senders, seconds)) };
    tell(row);
    rows.push(row);
  }
  process.disconnect();
  for (const { socket } of senders) socket.disconnect();
  return rows;
}
