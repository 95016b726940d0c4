// Bare `ws`: one write for each member and message, nothing stored. It frames what it says as Socket.IO does, so that the same
// load generator can talk to it; the JSON of a message is made once.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { counters, serve, toMessage } from './common.mjs';

const rooms = new Map();
const nextSeq = counters();

function enter(socket, { userId, roomIds }) {
  socket.userId = userId;
  for (const roomId of roomIds) rooms.set(roomId, (rooms.get(roomId) ?? new Set()).add(socket));
  socket.send('40{"sid":"bare"}');
}

function say(socket, packet) {
  const bracket = packet.indexOf('[');
  const [, body] = JSON.parse(packet.slice(bracket));
  const message = JSON.stringify(toMessage(body, socket.userId, nextSeq(body.roomId)));
  const push = Buffer.from(`42["new_message",${message}]`);
  for (const member of rooms.get(body.roomId)) member.send(push, { binary: false });
  socket.send(`43${packet.slice(2, bracket)}[{"ok":true,"data":{"message":${message},"duplicate":false}}]`);
}

const server = createServer();
new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false }).on('connection', (socket) => {
  socket.on('message', (data) => {
    const packet = data.toString();
    if (packet.startsWith('40')) enter(socket, JSON.parse(packet.slice(2)));
    else if (packet.startsWith('42')) say(socket, packet);
  });
  socket.on('close', () => { for (const members of rooms.values()) members.delete(socket); });
  socket.send('0{}');
});
serve(server);
