// Whatever happens within a turn, each socket hears everything that was meant for it, once and in the order in which it was said.
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it, jest } from '@jest/globals';
import type { FanOutAdapter } from '../../src/realtime/fan-out-adapter.js';
import { Random } from '../model/random.js';
import { FanOutWorld, roomNames, type Member, type Way } from './fan-out-world.js';

const seeds = process.env.FAN_OUT_SEED === undefined ? [Math.floor(Math.random() * 1e9), 1, 2] : [Number(process.env.FAN_OUT_SEED)];
const turns = 1500;
const fewest = 6;
const most = 14;
let world: FanOutWorld;

afterEach(() => world.close());

async function until(met: () => boolean, patienceMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !met() && Date.now() < deadline;) await pause(5);
}

/** What may be done within a turn, and how often. */
const weights = {
  toRoom: 40, toRooms: 8, exceptRoom: 4, toAll: 3, direct: 12, asks: 8, withAck: 3, withBytes: 2, compressed: 2,
  join: 8, leave: 8, joinAll: 1, leaveAll: 1, hold: 2, letGo: 6, cut: 1, goes: 1, enters: 3,
};
type Deed = keyof typeof weights;

/** One deed; it notes what each member is to hear at the moment when it is done. */
function deeds(luck: Random): Record<Deed, () => unknown> {
  const someRoom = (): string => luck.pick(roomNames) ?? '';
  const someone = (): Member | undefined => luck.pick(world.present);
  const with1 = (act: (member: Member) => unknown) => (): unknown => { const one = someone(); return one === undefined ? undefined : act(one); };
  const inRoom = (say: (room: string, n: number) => unknown) => (): unknown => { const room = someRoom(); return say(room, world.next(world.inRooms(room))); };
  const { server } = world;
  return {
    toRoom: inRoom((room, n) => server.to(room).emit('said', n, world.text())),
    toRooms() {
      const [one, other] = [someRoom(), someRoom()];
      server.to([one, other]).emit('said', world.next(world.inRooms(one, other)), world.text());
    },
    exceptRoom() {
      const [one, other] = [someRoom(), someRoom()];
      const spared = world.inRooms(other);
      server.to(one).except(other).emit('said', world.next(world.inRooms(one).filter((member) => !spared.includes(member))), world.text());
    },
    toAll: () => server.emit('said', world.next(world.present), world.text()),
    direct: with1((member) => member.socket.emit('said', world.next([member]), world.text())),
    asks: with1((member) => member.client.emit('ask', (n: number) => { member.heard.push(n); })),
    withAck: inRoom((room, n) => server.to(room).timeout(1000).emit('said', n, () => undefined)),
    withBytes: inRoom((room, n) => server.to(room).emit('said', n, Buffer.from(world.text()))),
    compressed: inRoom((room, n) => server.to(room).compress(true).emit('said', n, world.text())),
    join: with1((member) => { world.join(member, someRoom()); }),
    leave: with1((member) => { world.leave(member, someRoom()); }),
    joinAll() {
      const [from, to] = [someRoom(), someRoom()];
      server.in(from).socketsJoin(to);
      for (const member of world.inRooms(from)) member.rooms.add(to);
    },
    leaveAll() {
      const [among, room] = [someRoom(), someRoom()];
      const members = world.inRooms(among);
      server.in(among).socketsLeave(room);
      for (const member of members) member.rooms.delete(room);
    },
    hold: with1((member) => { world.hold(member); }),
    letGo: () => { world.members.forEach((member) => { if (luck.chance(0.5)) world.letGo(member); }); },
    cut: with1((member) => {
      if (world.present.length <= fewest) return;
      server.to(member.socket.id).emit('said', world.next([member]), 'goodbye');
      member.end = 'cut';
      member.socket.disconnect(true);
    }),
    goes: with1((member) => {
      if (world.present.length <= fewest || !member.client.connected) return;
      member.deaf = true;
      member.client.disconnect();
    }),
    enters: () => (world.present.length < most ? world.enter(luck.pick<Way>(['websocket', 'polling', 'upgrading']) ?? 'websocket') : undefined),
  };
}

/** Sometimes the same turn goes on, sometimes another begins. */
async function goOn(luck: Random): Promise<void> {
  const wait = luck.weighted({ not: 12, microtask: 4, tick: 2, turn: 4, moment: 1 });
  if (wait === 'microtask') await Promise.resolve();
  else if (wait === 'tick') await new Promise<void>((resolve) => { process.nextTick(resolve); });
  else if (wait === 'turn') await nextTurn();
  else if (wait === 'moment') await pause(1);
}

/** Who left by itself may have missed the end; so may who was cut while polling, for Engine.IO aborts a request that is under way. */
function mayMiss({ way, end, deaf }: Member): boolean {
  return deaf === true || end === 'gone' || (end === 'cut' && way !== 'websocket');
}

it.each(seeds)('keeps order and loses nothing, whatever happens in between (FAN_OUT_SEED=%i)', async (seed) => {
  const luck = new Random(seed);
  world = new FanOutWorld(luck);
  await world.open();
  for (const way of ['websocket', 'websocket', 'websocket', 'polling', 'upgrading', 'upgrading'] as const) {
    const member = await world.enter(way);
    for (const room of roomNames) if (luck.chance(0.6)) world.join(member, room);
  }
  const entering: Promise<unknown>[] = [];
  const may = deeds(luck);
  for (let turn = 0; turn < turns; turn += 1) {
    const done = may[luck.weighted(weights)]();
    if (done instanceof Promise) entering.push(done);
    await goOn(luck);
  }
  world.members.forEach((member) => { world.letGo(member); });
  await Promise.all(entering);
  await until(() => world.members.every((member) => mayMiss(member) || member.heard.length >= member.expected.length));
  for (const member of world.members) {
    const { way, end, expected, heard } = member;
    expect({ way, end, heard }).toEqual({ way, end, heard: mayMiss(member) ? expected.slice(0, heard.length) : expected });
  }
  expect(world.members.reduce((sum, { heard }) => sum + heard.length, 0)).toBeGreaterThan(1000);
}, 120_000);

it('writes once to each member, however much was said in a turn, and takes an ack along', async () => {
  world = new FanOutWorld(new Random(7));
  await world.open();
  const members = [await world.enter('websocket'), await world.enter('websocket')];
  for (const member of members) for (const room of ['red', 'green']) world.join(member, room);
  const tcp = members.map(({ socket }) => (socket.conn as unknown as { transport: { socket: { _socket: { write: (bytes: Buffer) => boolean } } } }).transport.socket._socket);
  const writes = tcp.map((one) => jest.spyOn(one, 'write'));
  for (let i = 0; i < 50; i += 1) world.server.to(i % 3 === 0 ? 'green' : 'red').emit('said', world.next(members), 'hello');
  members[1].socket.emit('said', world.next([members[1]]), 'and an answer');
  await until(() => members.every(({ expected, heard }) => heard.length === expected.length));
  expect(members.map(({ heard }) => heard)).toEqual(members.map(({ expected }) => expected));
  const bytes = writes.map(({ mock }) => mock.calls.map(([written]) => written.toString()));
  expect(bytes.map(({ length }) => length)).toEqual([1, 1]);
  expect(bytes[1][0]?.startsWith(bytes[0][0] ?? '?')).toBe(true);
  expect(bytes[1][0]).toMatch(/and an answer"\]$/);
});

it('tells those who want to know of each packet, as Socket.IO promises', async () => {
  world = new FanOutWorld(new Random(7));
  await world.open();
  const member = await world.enter('websocket');
  world.join(member, 'red');
  const outgoing: unknown[] = [];
  const created: unknown[] = [];
  member.socket.onAnyOutgoing((...args: unknown[]) => outgoing.push(args));
  member.socket.conn.on('packetCreate', ({ type, data }: { type: string; data?: unknown }) => { if (type === 'message') created.push(data); });
  for (let i = 0; i < 3; i += 1) world.server.to('red').emit('said', world.next([member]));
  await until(() => member.heard.length === 3);
  expect(outgoing).toEqual([['said', 1], ['said', 2], ['said', 3]]);
  expect(created).toEqual(['2["said",1]', '2["said",2]', '2["said",3]']);
});

it('says what was said before a connection is closed below Socket.IO, when told to', async () => {
  world = new FanOutWorld(new Random(7));
  await world.open();
  const member = await world.enter('websocket');
  world.join(member, 'red');
  world.server.to('red').emit('said', world.next([member]), 'the last word');
  (member.socket.nsp.adapter as FanOutAdapter).flush();
  member.socket.conn.close();
  await until(() => !member.client.connected);
  expect(member.heard).toEqual(member.expected);
});

it('counts who came into a room while being let in from the moment of being in, whatever was said in between', async () => {
  world = new FanOutWorld(new Random(7));
  await world.open();
  const here = await world.enter('websocket');
  world.join(here, 'red');
  world.server.use((socket, next) => {
    void socket.join('red');
    world.server.to('red').emit('said', world.next([here]));
    setTimeout(next, 50);
  });
  const entering = world.enter('websocket');
  await until(() => here.heard.length === 1);
  const comer = await entering;
  comer.rooms.add('red');
  for (const leaving of [undefined, here, comer]) {
    if (leaving !== undefined) world.leave(leaving, 'red');
    world.server.to('red').emit('said', world.next(world.inRooms('red')));
    await nextTurn();
  }
  world.join(here, 'red');
  world.server.to('red').emit('said', world.next([here]));
  await until(() => here.heard.length === here.expected.length);
  expect([here.heard, comer.heard]).toEqual([here.expected, comer.expected]);
  expect(comer.heard).toHaveLength(2);
});
