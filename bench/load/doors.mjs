// One person in each room, who sends, joins or fetches a page, over a socket or over REST, and waits for each answer.
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { Client } from './client.mjs';

const text = 'x'.repeat(100);
const agent = new Agent({ keepAlive: true, maxSockets: 100 });
let askers = [];

/** Connects everyone, so that each message is pushed to all of its room, whichever way it comes. */
export async function take({ host, port, members, rooms }) {
  const clients = members.map(() => new Client({ onEvent: () => {}, onAck: Client.onAnswer }));
  await Promise.all(clients.map((client, i) => client.open({ host, port }, members[i].auth)));
  askers = rooms.map(({ id, members: [first] }) => ({ roomId: id, client: clients[first], auth: members[first].auth }));
}

/** What is asked for over REST, and answered with this status. */
function overRest({ auth }, { host, port }, { method, path, body, status }) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${auth.token ?? auth.userId}`, ...(body && { 'content-type': 'application/json', 'content-length': body.length }) };
    const asked = request({ host, port, agent, method, path: `/api/v1${path}`, headers }, (response) => {
      if (response.statusCode !== status) reject(new Error(`${method} ${path}: ${response.statusCode}`));
      response.resume().on('end', resolve);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const doors = {
  'send, socket': ({ client, roomId }) => client.ask('new_message', { roomId, clientId: randomUUID(), text }),
  'send, REST': (asker, server) => overRest(asker, server, { method: 'POST', path: `/rooms/${asker.roomId}/messages`, body: JSON.stringify({ clientId: randomUUID(), text }), status: 201 }),
  'page, socket': ({ client, roomId }) => client.ask('fetch_messages', { roomId, limit: 50 }),
  'page, REST': (asker, server) => overRest(asker, server, { method: 'GET', path: `/rooms/${asker.roomId}/messages?limit=50`, status: 200 }),
  'join, socket': ({ client, roomId }) => client.ask('join_room', { room: roomId, limit: 15 }),
};

export async function knock({ host, port, door, seconds }) {
  let count = 0;
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(askers.map(async (asker) => {
    while (performance.now() < until) {
      await doors[door](asker, { host, port });
      count += 1;
    }
  }));
  return { count, seconds: (performance.now() - started) / 1000 };
}
