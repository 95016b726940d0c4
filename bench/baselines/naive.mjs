// The naive chat server: Socket.IO and pg by hand, one INSERT for each message; awaited, then emitted, then acked. It has the
// indexes that such a server needs for its history and a pool as large as ours, and does not ask whether the sender may.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Server } from 'socket.io';
import { serve } from './common.mjs';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
await pool.query(`
  CREATE TABLE messages (
    id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    room_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    client_id uuid NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX messages_history ON messages (room_id, seq);`);

const insert = { name: 'insert', text: 'INSERT INTO messages (id, room_id, sender_id, client_id, text) VALUES ($1, $2, $3, $4, $5) RETURNING seq, created_at' };
const history = { name: 'history', text: 'SELECT id, seq, room_id, sender_id, client_id, text, created_at FROM messages WHERE room_id = $1 ORDER BY seq DESC LIMIT $2' };
const toMessage = ({ id, seq, room_id: roomId, sender_id: senderId, client_id: clientId, text, created_at: createdAt }) =>
  ({ id, roomId, senderId, clientId, text, replyTo: null, reactions: [], editedAt: null, deletedAt: null, seq: Number(seq), rev: Number(seq), createdAt });

async function store({ roomId, clientId, text }, userId) {
  const id = randomUUID();
  const { rows: [{ seq, created_at: createdAt }] } = await pool.query({ ...insert, values: [id, roomId, userId, clientId, text] });
  const message = toMessage({ id, seq, room_id: roomId, sender_id: userId, client_id: clientId, text, created_at: createdAt });
  io.to(roomId).emit('new_message', message);
  return message;
}

async function page(roomId, limit) {
  const { rows } = await pool.query({ ...history, values: [roomId, limit] });
  return { messages: rows.map(toMessage).reverse() };
}

/** GET and POST …/rooms/:id/messages, with the user's id for a token. */
const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(await page(pathname.split('/').at(-2), searchParams.get('limit'))));
    return;
  }
  let body = '';
  for await (const piece of request.setEncoding('utf8')) body += piece;
  const message = await store({ ...JSON.parse(body), roomId: request.url.split('/').at(-2) }, request.headers.authorization.slice('Bearer '.length));
  response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify(message));
});
const io = new Server(server, { serveClient: false, perMessageDeflate: false });

io.on('connection', (socket) => {
  const { userId, roomIds } = socket.handshake.auth;
  socket.join(roomIds);
  socket.on('join_room', async ({ room, limit }, answer) => {
    const found = await page(room, limit);
    socket.join(room);
    answer({ ok: true, data: found });
  });
  socket.on('fetch_messages', async ({ roomId, limit }, answer) => {
    answer({ ok: true, data: await page(roomId, limit) });
  });
  socket.on('new_message', async (body, answer) => {
    answer({ ok: true, data: { message: await store(body, userId), duplicate: false } });
  });
});
serve(server);
