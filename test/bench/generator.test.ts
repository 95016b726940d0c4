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

async function problemsOf(say: Say, answer: (seq: number) => object = () => ({ ok: true })): Promise<string[]> {
  http = createServer();
  const io = new Server(http);
  let seq = 0;
  io.on('connection', (socket) => {
    void socket.join((socket.handshake.auth as { room: string }).room);
    socket.on('new_message', ({ roomId, text }: { roomId: string; text: string }, ack: (reply: object) => void) => {
      seq += 1;
      say(io, roomId, { text, seq });
      ack(answer(seq));
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  generator = fork(resolve('bench/load/generator.mjs'));
  const members = Array.from({ length: 3 }, () => ({ auth: { room: 'tea' } }));
  await ask({ task: 'open', host: '127.0.0.1', port: (http.address() as AddressInfo).port, members, rooms: [{ id: 'tea', members: [0, 1, 2] }] });
  const { problems } = await ask({ task: 'steady', seconds: 0.1, rate: 100, numbered: true, patienceMs: 1000 });
  return problems;
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
