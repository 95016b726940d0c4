// One sender in each room, who sends over a socket or over REST, and waits for each answer.
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { Client } from './client.mjs';

const text = 'x'.repeat(100);
const agent = new Agent({ keepAlive: true, maxSockets: 100 });
let senders = [];

/** Connects everybody, so that each message is pushed to all of its room, whichever way it comes. */
export async function take({ host, port, members, rooms }) {
  const clients = members.map(() => new Client({ onEvent: () => {}, onAck: Client.onAnswer }));
  await Promise.all(clients.map((client, i) => client.open({ host, port }, members[i].auth)));
  senders = rooms.map(({ id, members: [first] }) => ({ roomId: id, client: clients[first], auth: members[first].auth }));
}

const doors = {
  socket: ({ client, roomId }) => client.ask('new_message', { roomId, clientId: randomUUID(), text }),
  rest: ({ roomId, auth }, { host, port }) => new Promise((resolve, reject) => {
    const body = JSON.stringify({ clientId: randomUUID(), text });
    const headers = { authorization: `Bearer ${auth.token ?? auth.userId}`, 'content-type': 'application/json', 'content-length': body.length };
    const asked = request({ host, port, agent, method: 'POST', path: `/api/v1/rooms/${roomId}/messages`, headers }, (response) => {
      if (response.statusCode !== 201) reject(new Error(`A send over REST: ${response.statusCode}`));
      response.resume().on('end', resolve);
    });
    asked.on('error', reject);
    asked.end(body);
  }),
};

export async function say({ host, port, door, seconds }) {
  let sends = 0;
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(senders.map(async (sender) => {
    while (performance.now() < until) {
      await doors[door](sender, { host, port });
      sends += 1;
    }
  }));
  return { sends, seconds: (performance.now() - started) / 1000 };
}
