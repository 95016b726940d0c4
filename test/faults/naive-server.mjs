// A chat server as one writes it on a Sunday: it emits first and inserts afterwards, acks what it has yet to write in the next bulk, numbers
// messages by max + 1 without a lock, and does not know a repeated send. It speaks as much of the protocol as the fault runs need,
// which must find it out.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Server } from 'socket.io';

const { DATA_DIR, PORT } = process.env;
const { startEmbeddedPostgres } = await import(new URL('./dist/src/database/embedded-postgres.js', `file://${process.cwd()}/`));
const postgres = await startEmbeddedPostgres({ dataDir: DATA_DIR });
const db = new pg.Pool({ connectionString: postgres.url, max: 10 });
db.on('error', () => {});
await db.query(`
  CREATE TABLE IF NOT EXISTS rooms (id uuid, members uuid[]);
  CREATE TABLE IF NOT EXISTS messages (room_id uuid, seq int, id uuid, sender_id uuid, client_id uuid, text text)`);
const { rows: rooms } = await db.query('SELECT id, members FROM rooms');

const nextSeq = async (roomId) => (await db.query('SELECT coalesce(max(seq), 0) + 1 AS seq FROM messages WHERE room_id = $1', [roomId])).rows[0].seq;

async function announce(senderId, { roomId, clientId, text }) {
  const seq = await nextSeq(roomId);
  const message = { id: randomUUID(), roomId, seq, rev: seq, senderId, clientId, text };
  io.to(roomId).emit('new_message', message);
  return message;
}

const insert = ({ roomId, seq, id, senderId, clientId, text }) => db.query('INSERT INTO messages VALUES ($1, $2, $3, $4, $5, $6)', [roomId, seq, id, senderId, clientId, text]);

const bulk = [];
setInterval(() => { bulk.splice(0).forEach((message) => void insert(message).catch(() => {})); }, 100);

/** Over a socket: acked, and written with the next bulk. */
async function sendFast(senderId, body) {
  const message = await announce(senderId, body);
  bulk.push(message);
  return message;
}

/** Over REST: written, then a preview of its links is fetched, then answered. */
async function sendSlowly(senderId, body) {
  const message = await announce(senderId, body);
  await insert(message);
  await pause(150);
  return message;
}

async function sync(me, have) {
  const mine = rooms.filter(({ members }) => members.includes(me));
  return await Promise.all(mine.map(async ({ id }) => {
    const from = have[id]?.rev ?? 0;
    const { rows } = await db.query(`SELECT room_id AS "roomId", seq, seq AS rev, id, sender_id AS "senderId", client_id AS "clientId", text FROM messages WHERE room_id = $1 AND seq > $2 ORDER BY seq`, [id, from]);
    const to = rows.at(-1)?.rev ?? from;
    return { room: { id }, position: { epoch: 'one', seq: to, rev: to }, to, hasMore: false, messages: rows };
  }));
}

const routes = {
  '/health/ready': async () => ({}),
  '/api/v1/auth/register': async () => { const id = randomUUID(); return { user: { id }, accessToken: id }; },
  '/api/v1/rooms': async (me, { memberIds }) => {
    const room = { id: randomUUID(), members: [me, ...memberIds] };
    rooms.push(room);
    await db.query('INSERT INTO rooms VALUES ($1, $2)', [room.id, room.members]);
    for (const userId of room.members) io.in(userId).socketsJoin(room.id);
    return room;
  },
};

const http = createServer(async (request, response) => {
  let text = '';
  for await (const piece of request) text += piece;
  const body = text === '' ? {} : JSON.parse(text);
  const me = request.headers.authorization?.slice('Bearer '.length);
  const roomId = /^\/api\/v1\/rooms\/(.+)\/messages$/.exec(request.url)?.[1];
  const answer = roomId ? await sendSlowly(me, { ...body, roomId }) : await routes[request.url]?.(me, body);
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
});

const io = new Server(http);
io.on('connection', (socket) => {
  const me = socket.handshake.auth.token;
  socket.join([me, ...rooms.filter(({ members }) => members.includes(me)).map(({ id }) => id)]);
  socket.on('new_message', async (body, ack) => ack({ ok: true, data: { message: await sendFast(me, body) } }));
  socket.on('sync', async (body, ack) => ack({ ok: true, data: { rooms: await sync(me, body.rooms), left: [], users: [], nextCursor: null } }));
});
http.listen(Number(PORT), '127.0.0.1');

process.on('SIGTERM', async () => {
  await postgres.stop();
  process.exit(0);
});
