// Bare Socket.IO: emits to the room, stores nothing.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { counters, serve, toMessage } from './common.mjs';

const server = createServer();
const io = new Server(server, { serveClient: false, perMessageDeflate: false });
const nextSeq = counters();

io.on('connection', (socket) => {
  const { userId, roomIds } = socket.handshake.auth;
  socket.join(roomIds);
  socket.on('new_message', (body, answer) => {
    const message = toMessage(body, userId, nextSeq(body.roomId));
    io.to(body.roomId).emit('new_message', message);
    answer({ ok: true, data: { message, duplicate: false } });
  });
});
serve(server);
