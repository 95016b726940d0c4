// Frames as no client would send them, to a server in a process of its own, while ordinary people go on talking.
// FRAME_FUZZ_SEED repeats a run; FRAME_FUZZ_RUNS makes it longer.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { startChildServer, type ChildServer } from '../setup/child-server.js';
import { hostileFrames, mutant, randomFrom } from '../setup/hostile-frames.js';
import { newPerson, type Person } from '../setup/people.js';
import { authenticate, rawWebSocket, transports, type Frame, type RawSocket } from '../setup/raw-socket.js';
import { rawExchange } from '../setup/wire.js';

const seed = Number(process.env.FRAME_FUZZ_SEED ?? Date.now() % 2 ** 31);
const runs = Number(process.env.FRAME_FUZZ_RUNS ?? 3000);
process.stdout.write(`frame fuzz: FRAME_FUZZ_SEED=${seed} FRAME_FUZZ_RUNS=${runs}\n`);

let server: ChildServer;
let alice: Chatter;
let bob: Chatter;
let mallory: Person;
let lobby: string;
let bystanding: Promise<void>;
let over = false;
const seen = { exchanges: 0, slowestMs: 0, startMb: 0, mostMb: 0 };

const complaints: string[] = [];
let unanswered = 0;

/** Alice and Bob, who know nothing of all this. */
async function chatter(): Promise<void> {
  while (!over) await exchange().catch((error: unknown) => { complaints.push(String(error)); });
}

async function exchange(): Promise<void> {
  const started = Date.now();
  const { message } = await alice.ask('new_message', { roomId: lobby, clientId: id(), text: 'nice weather' });
  await bob.next('new_message', (push) => push.id === message.id);
  seen.exchanges += 1;
  seen.slowestMs = Math.max(seen.slowestMs, Date.now() - started);
  seen.mostMb = Math.max(seen.mostMb, memoryMb());
  await new Promise((resolve) => { setTimeout(resolve, 25); });
}

function memoryMb(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;
}

beforeAll(async () => {
  server = await startChildServer();
  [alice, bob] = [await newChatter(server, 'alice'), await newChatter(server, 'bob')];
  mallory = await newPerson(server, 'mallory');
  lobby = (await alice.ask('join_room', { room: 'lobby' })).room.id;
  seen.startMb = memoryMb();
  bystanding = chatter();
});
afterEach(() => {
  expect([server.ended(), server.errors(), complaints.splice(0)]).toEqual([undefined, '', []]);
});
afterAll(async () => {
  over = true;
  await bystanding;
  await server.close();
  disconnectAll();
});

type Way = keyof typeof transports;
const ways: [Way, 'a stranger' | 'a user'][] = [['websocket', 'a stranger'], ['websocket', 'a user'], ['polling', 'a stranger'], ['polling', 'a user']];

async function open(way: Way, who: 'a stranger' | 'a user'): Promise<RawSocket> {
  const socket = await transports[way](server.url);
  if (who === 'a user' && !(await authenticate(socket, mallory.accessToken))) throw new Error('Mallory could not connect');
  return socket;
}

/** What the server answered must be decent: never its own fault. */
function internalErrors(socket: RawSocket): string[] {
  return socket.heard.filter((frame) => /"code":"(internal|unavailable)"|"status":5\d\d/.test(frame));
}

/** The connection, if it is still there, works; what was sent before has then been dealt with. */
async function stillWorks(socket: RawSocket, who: string): Promise<void> {
  if (socket.closed) return;
  if (who === 'a stranger') { await socket.until(() => socket.closed, 5); return; }
  await socket.send(`42424242["typing",{"roomId":"${lobby}","typing":false}]`);
  const answer = await socket.until((frame) => frame.startsWith('43424242['));
  expect(socket.closed || answer === '43424242[{"ok":true,"data":{}}]').toBe(true);
}

describe.each(ways)('over %s, from %s', (way, who) => {
  it.each(hostileFrames)('survives %s', async (_, frames) => {
    const socket = await open(way, who);
    for (const frame of frames) await socket.send(frame);
    const waiting = frames.some((frame) => /^45|^46/.test(String(frame)));
    if (!waiting) await stillWorks(socket, who);
    expect(internalErrors(socket)).toEqual([]);
    socket.end();
  });
});

/** Until the connection has ended, or the server has come to what was sent after the mutant. */
async function dealtWith(socket: RawSocket, who: string): Promise<void> {
  socket.heard.splice(0, Math.max(0, socket.heard.length - 3));
  await socket.send(who === 'a user' ? '42424242["?",{}]' : '40/?,');
  const answer = await socket.until((frame) => frame.startsWith(who === 'a user' ? '43424242[' : '44/?,'), 10_000);
  if (answer === undefined) unanswered += socket.closed ? 0 : 1;
  else socket.heard.splice(socket.heard.indexOf(answer), 1);
}

it(`survives ${runs} mutants`, async () => {
  const random = randomFrom(seed);
  const lanes = Array.from({ length: 8 }, (_, lane) => ways[lane % ways.length]);
  let made = 0;
  let reopened = 0;
  const attack = async ([way, who]: [Way, 'a stranger' | 'a user']): Promise<void> => {
    let socket: RawSocket | undefined;
    let recent: Frame[] = [];
    while (made < runs) {
      made += 1;
      if (socket === undefined || socket.closed || recent.length > 30) {
        socket?.end();
        socket = await open(way, who);
        recent = [];
        reopened += 1;
      }
      const frame = mutant(random);
      recent.push(frame);
      await socket.send(frame);
      await dealtWith(socket, who);
      if (internalErrors(socket).length > 0) throw new Error(`Answered by ${internalErrors(socket).join()}: ${recent.map((one) => JSON.stringify(String(one))).join('\n')}`);
    }
    socket?.end();
  };
  await Promise.all(lanes.map(attack));
  expect(unanswered).toBe(0);
  process.stdout.write(`frame fuzz: ${made} mutants over ${reopened} connections; bystanders ${JSON.stringify(seen)}\n`);
}, 60_000 + runs * 20);

describe('below Engine.IO', () => {
  const handshake = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`;
  const upgraded = '/socket.io/?EIO=4&transport=websocket';

  it.each<[string, Buffer]>([
    ['an unmasked frame', Buffer.from([0x81, 0x02, 0x34, 0x32])],
    ['a reserved opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
    ['reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0])],
    ['a length beyond all bounds', Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
    ['a length over the limit', Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x01, 0x00, 0x01, 0, 0, 0, 0])],
    ['text that is no UTF-8', Buffer.from([0x81, 0x84, 0, 0, 0, 0, 0x34, 0x32, 0xff, 0xfe])],
    ['a continuation of nothing', Buffer.from([0x80, 0x81, 0, 0, 0, 0, 0x34])],
    ['a fragmented ping', Buffer.from([0x09, 0x80, 0, 0, 0, 0])],
    ['a close with an impossible code', Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x00, 0x01])],
    ['fragments without end', Buffer.concat([Buffer.from([0x01, 0x81, 0, 0, 0, 0, 0x34]), ...Array.from({ length: 70 }, () => Buffer.concat([Buffer.from([0x00, 0xfe, 0x04, 0x00, 0, 0, 0, 0]), Buffer.alloc(1024, 0x41)]))])],
  ])('survives %s', async (_, bytes) => {
    const answer = await rawExchange(server.url, Buffer.concat([Buffer.from(handshake(upgraded)), bytes]), 500);
    expect(answer.status).toBe(101);
  });

  it.each([
    '/', '/other', '/socket.io', '/socket.io/?', '/socket.io/?EIO=4', '/socket.io/?EIO=3&transport=websocket', '/socket.io/?EIO=4&transport=nothing', '/socket.io/?EIO=4&transport=webtransport', '/socket.io/?EIO=4&transport=websocket&sid=__proto__',
    '/socket.io/?EIO=4&transport=websocket&sid=constructor', '/socket.io/?EIO=4&transport=websocket&sid=a&sid=b', '/socket.io/?EIO=4&transport=websocket&transport=polling', '/socket.io/?EIO=4&EIO=3&transport=websocket', '/socket.io/?EIO[]=4&transport=websocket', '/socket.io/?EIO=4&transport=__proto__', '/socket.io/%00?EIO=4&transport=websocket', '/socket.io/../socket.io/?EIO=4', '/socket.io/?EIO=4&transport=polling&j=0', '/socket.io/?%ff', '/socket.io/socket.io.js',
  ])('survives an upgrade at %s', async (path) => {
    for (const headers of ['', 'Origin: \u0001\r\n', 'Origin: null\r\n', 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n', 'Sec-WebSocket-Protocol: ,,,\r\n']) {
      const answer = await rawExchange(server.url, handshake(path, headers), 250).catch(() => ({ status: 0 }));
      expect(answer.status < 500).toBe(true);
    }
  }, 60_000);

  it.each(['sid=__proto__', 'sid=constructor', 'sid=a&sid=b', 'sid=', 'transport=websocket', 'j=0', 'j[]=0&j=1', 'EIO=3', 'b64=1', '__proto__=1', 't=%00'])('survives polling with %s', async (query) => {
    for (const [method, body] of [['GET', undefined], ['POST', '4'], ['POST', 'd=4'], ['PUT', '4'], ['DELETE', undefined], ['OPTIONS', undefined]] as const) {
      const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&${query}`, { method, body, signal: AbortSignal.timeout(5000) });
      expect(answer.status).toBeLessThan(500);
      await answer.text();
    }
  });

  it('survives a websocket upgrade of a polling connection that goes wrong', async () => {
    const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await response.text()).slice(1)) as { sid: string };
    const frames = ['2probe', '5', '2probe', '40{}', '6', Buffer.from('x')];
    const sockets = await Promise.all(frames.map(() => rawWebSocket(server.url, { query: `&sid=${sid}`, patienceMs: 200 })));
    for (const [i, socket] of sockets.entries()) await socket.send(frames[i]).catch(() => undefined);
    for (const socket of sockets) socket.end();
  });
});

it('goes on as if nothing had happened, in bounded memory', async () => {
  const carol = await connect(server, await newPerson(server, 'carol'), ['polling', 'websocket']);
  expect((await carol.ask('join_room', { room: 'lobby' })).messages).toHaveLength(15);
  const before = seen.exchanges;
  await new Promise((resolve) => { setTimeout(resolve, 300); });
  expect(seen.exchanges).toBeGreaterThan(before);
  process.stdout.write(`frame fuzz: ${JSON.stringify({ ...seen, endMb: memoryMb() })}\n`);
  expect(seen.slowestMs).toBeLessThan(8000);
  expect(seen.mostMb - seen.startMb).toBeLessThan(250);
});
