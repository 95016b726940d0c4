import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { connect, disconnectAll, id, type Chatter } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { ServerProcess, workshop } from '../setup/server-process.js';
import { connectAwayFrom, startWorkers, until, workerOf } from '../setup/workers.js';

const shop = workshop();
let server: ServerProcess;
let alice: Person;
let bob: Person;

/** Two workers, a database of our own and no Redis. */
beforeAll(async () => {
  server = await ServerProcess.in(shop.folder, { WORKERS: '2' });
  await startWorkers(server);
  alice = await newPerson(server, 'ann');
  bob = await newPerson(server, 'ben');
}, 200_000);
afterEach(disconnectAll);
afterAll(async () => {
  await server?.terminate();
  shop.remove();
});

/** One at each worker. */
async function both(): Promise<[Chatter, Chatter]> {
  const first = await connect(server, alice);
  return [first, await connectAwayFrom(server, [workerOf(first)], bob)];
}

/** In a room of their own. */
async function together(): Promise<{ a: Chatter; b: Chatter; roomId: string }> {
  const [a, b] = await both();
  const { body } = await alice.post<{ id: string }>('/rooms', { kind: 'private', name: 'Two', memberIds: [bob.user.id] });
  for (const who of [a, b]) await who.ask('join_room', { room: body.id });
  return { a, b, roomId: body.id };
}

const say = (chatter: Chatter, roomId: string, text: string) => chatter.ask('new_message', { roomId, clientId: id(), text });

it('bring what is said at one worker to people at the other, by WebSocket and by polling', async () => {
  const { a, b, roomId } = await together();
  const polling = await connect(server, bob, ['polling']);
  const { message } = await say(a, roomId, 'hello over there');
  for (const who of [a, b, polling]) expect(await who.next('new_message', ({ id: one }) => one === message.id)).toEqual(message);
  const { message: back } = await say(polling, roomId, 'and back');
  for (const who of [a, b, polling]) expect(await who.next('new_message', ({ id: one }) => one === back.id)).toEqual(back);
});

it('answer every request of a hundred who poll, whichever of the two it comes to', async () => {
  for (let n = 0; n < 100; n += 1) {
    const polling = await connect(server, bob, ['polling']);
    for (let sync = 0; sync < 3; sync += 1) await polling.ask('sync', { rooms: {} });
    polling.leave();
  }
});

it('count people who look at a room, and people who are here, once and together', async () => {
  const { a, b, roomId } = await together();
  const again = await connectAwayFrom(server, [workerOf(a)], alice);
  await again.ask('join_room', { room: roomId });
  for (const who of [a, b, again]) await who.ask('look', { roomId, looking: true });
  for (const who of [a, b]) await who.next('room_stats', ({ viewers }) => viewers === 2);
  const before = b.all('room_stats', roomId).length;
  a.leave();
  expect((await bob.get(`/users/${alice.user.id}`)).body.presence.online).toBe(true);
  again.leave();
  expect((await b.next('presence', ({ userId, online }) => userId === alice.user.id && !online)).lastSeenAt).not.toBeNull();
  await until(() => b.all('room_stats', roomId).at(-1)?.viewers === 1);
  expect(b.all('room_stats', roomId).slice(before).filter(({ viewers }) => viewers > 2)).toEqual([]);
});

it('cut the sockets of a session that ended at either of them, and of who was kicked, within a second', async () => {
  const device = await bob.anotherDevice();
  const here = await connect(server, device);
  const there = await connectAwayFrom(server, [workerOf(here)], device);
  const cut = [here, there].map((who) => who.disconnected());
  const began = Date.now();
  expect((await device.post('/auth/logout')).status).toBe(204);
  await Promise.all(cut);
  expect(Date.now() - began).toBeLessThan(2500);

  const { a, b, roomId } = await together();
  const more = await connectAwayFrom(server, [workerOf(b)], bob);
  const kicked = Date.now();
  expect((await alice.delete(`/rooms/${roomId}/members/${bob.user.id}`)).status).toBeLessThan(300);
  for (const who of [b, more]) await who.next('room_removed', (news) => news.roomId === roomId);
  expect(Date.now() - kicked).toBeLessThan(2500);
  await say(a, roomId, 'now that he is gone');
  for (const who of [b, more]) {
    expect(await who.refused('new_message', { roomId, clientId: id(), text: 'still there?' })).toMatchObject({ code: 'not_found' });
    expect(who.all('new_message', roomId)).toEqual([]);
  }
});
