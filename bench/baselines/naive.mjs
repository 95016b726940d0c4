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
const server = createServer();
const io = new Server(server, { serveClient: false, perMessageDeflate: false });

io.on('connection', (socket) => {
  const { userId, roomIds } = socket.handshake.auth;
  socket.join(roomIds);
  socket.on('new_message', async ({ roomId, clientId, text }, answer) => {
    const id = randomUUID();
    const { rows: [{ seq, created_at: createdAt }] } = await pool.query({ ...insert, values: [id, roomId, userId, clientId, text] });
    const message = { id, roomId, senderId: userId, clientId, text, replyTo: null, reactions: [], editedAt: null, deletedAt: null, seq: Number(seq), rev: Number(seq), createdAt };
    io.to(roomId).emit('new_message', message);
    answer({ ok: true, data: { message, duplicate: false } });
  });
});
serve(server);
