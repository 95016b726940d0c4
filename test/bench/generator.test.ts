import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { Server } from 'socket.io';

/** The figures of the bench are worth as much as its eye for what went wrong; so it is shown servers that do wrong. */
type Say = (io: Server, room: string, message: { text: string; seq: number }) => void;

let http: HttpServer;
let generator: ChildProcess;

afterEach(async () => {
  const ended = once(generator, 'exit');
  generator.disconnect();
  await ended;
  http.closeAllConnections();
  http.close();
});

type Asked = { roomId: string; text: string };
type Handler = (io: Server, asked: Asked, ack: (reply: object) => void) => void;

/** A server, and a generator with three members in each of these rooms. */
async function begin(rooms: string[], handler: Handler): Promise<void> {
  http = createServer();
  const io = new Server(http);
  io.on('connection', (socket) => {
    void socket.join((socket.handshake.auth as { room: string }).room);
    socket.on('new_message', (asked: Asked, ack: (reply: object) => void) => { handler(io, asked, ack); });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  generator = fork(resolve('bench/load/generator.mjs'));
  const members = rooms.flatMap((room) => Array.from({ length: 3 }, () => ({ auth: { room } })));
  await ask({
    task: 'open', host: '127.0.0.1', port: (http.address() as AddressInfo).port, members, rooms: rooms.map((id, r) => ({ id, members: [3 * r, 3 * r + 1, 3 * r + 2] })),
  });
}

async function problemsOf(say: Say, answer: (seq: number) => object = () => ({ ok: true })): Promise<string[]> {
  let seq = 0;
  await begin(['tea'], (io, { roomId, text }, ack) => {
    seq += 1;
    say(io, roomId, { text, seq });
    ack(answer(seq));
  });
  const { problems } = await ask({ task: 'steady', seconds: 0.1, rate: 100, numbered: true, patienceMs: 1000 });
  return problems;
}

/** How many messages were in one room at a time, at most, and in how many rooms something was said. */
async function meetings(load: object): Promise<{ atOnce: number; rooms: number }> {
  const underWay = new Map<string, number>();
  let atOnce = 0;
  await begin(['tea', 'mate', 'milk'], (io, { roomId, text }, ack) => {
    underWay.set(roomId, (underWay.get(roomId) ?? 0) + 1);
    atOnce = Math.max(atOnce, ...underWay.values());
    setTimeout(() => {
      underWay.set(roomId, (underWay.get(roomId) ?? 0) - 1);
      toAll(io, roomId, { text, seq: 1 });
      ack({ ok: true });
    }, 5);
  });
  const { problems } = await ask({ task: 'closed', seconds: 0.5, numbered: false, ...load });
  expect(problems).toEqual([]);
  return { atOnce, rooms: underWay.size };
}

async function ask(task: object): Promise<{ problems: string[] }> {
  generator.send(task);
  const [{ result, error }] = (await once(generator, 'message')) as [{ result: { problems: string[] }; error?: string }];
  if (error !== undefined) throw new Error(error);
  return result;
}

const toAll: Say = (io, room, message) => { io.to(room).emit('new_message', message); };
const some = <T>(seq: number, usual: T, instead: T): T => (seq === 4 ? instead : usual);

it('finds nothing wrong with a server that does right', async () => {
  expect(await problemsOf(toAll)).toEqual([]);
});

it.each<[string, Say, RegExp]>([
  ['loses a message', (io, room, message) => { if (message.seq !== 4) toAll(io, room, message); }, /3 deliveries missing/],
  ['leaves one member out', (io, room, message) => {
    const [first] = io.of('/').adapter.rooms.get(room) ?? [];
    (message.seq === 4 ? io.to(room).except(first) : io.to(room)).emit('new_message', message);
  }, /1 deliveries missing/],
  ['says a message twice', (io, room, message) => { for (let n = 0; n < some(message.seq, 1, 2); n += 1) toAll(io, room, message); }, /3 doubled/],
  ['skips a number', (io, room, { text, seq }) => { toAll(io, room, { text, seq: seq > 4 ? seq + 1 : seq }); }, /numbers of a room/],
  ['says what nobody sent', (io, room, message) => { toAll(io, room, { ...message, text: some(message.seq, message.text, message.text.replace(/\d+/, '0000009999')) }); }, /3 strange/],
])('sees when a server %s', async (_, say, problem) => {
  expect((await problemsOf(say)).join()).toMatch(problem);
});

it('sees when a server refuses', async () => {
  expect((await problemsOf(toAll, (seq) => ({ ok: seq !== 4, error: { code: 'rate_limited' } }))).join()).toMatch(/1 refused.*rate_limited/);
});

it('keeps messages apart that are to be under way in rooms of their own', async () => {
  expect(await meetings({ spread: 2, apart: true })).toEqual({ atOnce: 1, rooms: 3 });
});

it('has messages meet in rooms at random', async () => {
  expect(await meetings({ spread: 2 })).toEqual({ atOnce: 2, rooms: 3 });
});
