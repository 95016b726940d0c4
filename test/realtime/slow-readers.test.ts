// Who does not read is cut before much has piled up; the others notice nothing; and what was missed comes with a sync.
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { slowConsumers } from '../../src/common/metrics.js';
import type { Room } from '../../src/contract/room.dto.js';
import { Random } from '../model/random.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { authenticate, rawWebSocket, type Frame, type RawSocket, type RawWebSocket } from '../setup/raw-socket.js';
import { startServer, type TestServer } from '../setup/server.js';
import { FanOutWorld } from './fan-out-world.js';

const large = '👋'.repeat(4000);
const mostMessages = 2500;
let server: TestServer;
let alice: Chatter;
let bob: Chatter;
let n = 0;

beforeAll(async () => {
  server = await startServer({ PING_INTERVAL: '300000' }); // The heartbeat would end them as well, later.
  [alice, bob] = [await newChatter(server, 'alice'), await newChatter(server, 'bob')];
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

const cuts = async (): Promise<number> => (await slowConsumers.get()).values[0]?.value ?? 0;

async function deafOverWebSocket({ accessToken }: Person): Promise<() => void> {
  const socket = await rawWebSocket(server.url);
  expect(await authenticate(socket, accessToken)).toBe(true);
  socket.stopReading();
  return () => { socket.end(); };
}

async function openPolling(): Promise<{ address: string }> {
  const address = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1)) as { sid: string };
  return { address: `${address}&sid=${sid}` };
}

/** Says hello over polling and never asks for more. */
async function deafOverPolling({ accessToken }: Person): Promise<() => void> {
  const { address } = await openPolling();
  await fetch(address, { method: 'POST', body: `40${JSON.stringify({ token: accessToken })}` });
  expect(await (await fetch(address)).text()).toMatch(/^40/);
  return () => undefined;
}

/** Everything in the room since then, by as many syncs as it takes. */
async function missed(who: Chatter, { id: roomId, position }: Room): Promise<number[]> {
  const seqs: number[] = [];
  for (let { rev } = position; ;) {
    const found = (await who.ask('sync', { rooms: { [roomId]: { epoch: position.epoch, rev } } })).rooms.find(({ room }) => room.id === roomId);
    seqs.push(...(found?.messages ?? []).map(({ seq }) => seq));
    if (found?.hasMore !== true) return seqs;
    rev = found.to;
  }
}

it.each([['a WebSocket', deafOverWebSocket], ['polling', deafOverPolling]])('cuts who does not read over %s, and nobody else', async (_, deaf) => {
  const people = await Promise.all([1, 2, 3].map(() => newPerson(server, `carol${(n += 1)}`)));
  const { body: room } = await alice.person.post<Room>('/rooms', { name: 'Flood', kind: 'public', memberIds: [bob.id, ...people.map(({ user }) => user.id)] });
  const ends = await Promise.all(people.map(deaf));
  const before = await cuts();
  let sent = 0;
  while ((await cuts()) < before + people.length && sent < mostMessages) {
    await Promise.all(Array.from({ length: 20 }, () => alice.ask('new_message', { roomId: room.id, clientId: id(), text: large })));
    sent += 20;
  }
  expect((await cuts()) - before).toBe(people.length);
  await bob.next('new_message', ({ roomId, seq }) => roomId === room.id && seq === sent);
  const everySeq = Array.from({ length: sent }, (__, i) => i + 1);
  expect(bob.all('new_message', room.id).map(({ seq }) => seq)).toEqual(everySeq);
  for (const { user } of people) for (;;) {
    if ((await alice.person.get(`/users/${user.id}`)).body.presence.online === false) break;
    await pause(20);
  }
  const back = await connect(server, people[0]);
  expect(await missed(back, room)).toEqual(everySeq);
  ends.forEach((end) => { end(); });
}, 120_000);

const kilobytes = (count: number): string => 'x'.repeat(count * 1024);

type Stranger = Pick<RawSocket, 'send' | 'end'>;

async function strangerOverWebSocket(): Promise<Stranger & Pick<RawWebSocket, 'ping' | 'closed'>> {
  const socket = await rawWebSocket(server.url);
  socket.stopReading();
  return socket;
}

async function strangerOverPolling(): Promise<Stranger> {
  const { address } = await openPolling();
  const send = async (frame: Frame): Promise<void> => { await (await fetch(address, { method: 'POST', body: frame as string })).text(); };
  return { send, end: () => undefined };
}

it.each([['a WebSocket', strangerOverWebSocket], ['polling', strangerOverPolling]])('cuts who makes Socket.IO answer over %s and reads nothing, before they have said who they are', async (_, stranger) => {
  const before = await cuts();
  const socket = await stranger();
  for (let sent = 0; (await cuts()) === before && sent < 1000; sent += 1) await socket.send(`40/${kilobytes(40)},`);
  expect((await cuts()) - before).toBe(1);
  socket.end();
});

it('cuts who makes WebSocket answer and reads nothing', async () => {
  const socket = await strangerOverWebSocket();
  for (let sent = 0; !socket.closed && sent < 1_000_000; sent += 1000) {
    for (let n = 0; n < 1000; n += 1) socket.ping(large.slice(0, 60));
    await nextTurn();
  }
  expect(socket.closed).toBe(true);
  socket.end();
});

it.each([
  ['pushes', 0, 21],
  ['pushes behind a large answer, which is as large as it is', 1500, 21],
  ['answers', 1500, 0],
])('counts what waits: %s', async (_, answer, pushes) => {
  const world = new FanOutWorld(new Random(1));
  await world.open();
  const member = await world.enter('websocket');
  world.join(member, 'red');
  const ended = once(member.socket as never, 'disconnect');
  world.hold(member);
  if (answer > 0) member.socket.emit('said', 0, kilobytes(answer));
  for (let i = 0; i < 20 && pushes > 0; i += 1) {
    world.server.to('red').emit('said', i, kilobytes(50));
    await nextTurn();
  }
  expect(member.socket.connected).toBe(true);
  for (let i = 20; i < pushes; i += 1) world.server.to('red').emit('said', i, kilobytes(50));
  for (let i = 0; i < 3 && pushes === 0; i += 1) member.socket.emit('said', i, kilobytes(answer));
  expect(await ended).toEqual(['slow_consumer', undefined]);
  await world.close();
});
