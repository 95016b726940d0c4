import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '../../src/common/counts.js';
import { connect, disconnectAll, id, type Chatter } from '../setup/chatters.js';
import { newPerson, password, request, type Person } from '../setup/people.js';
import { ServerProcess, workshop } from '../setup/server-process.js';
import { connectAwayFrom, startWorkers, until, workerOf } from '../setup/workers.js';

const shop = workshop();
let server: ServerProcess;
let alice: Person;
let bob: Person;

/** Two workers with limits, a database of our own and no Redis. Every request comes from this machine, so logins are few. */
beforeAll(async () => {
  server = await ServerProcess.in(shop.folder, { WORKERS: '2', RATE_LIMITS: 'on', DEMO: 'on' });
  await startWorkers(server);
  alice = await newPerson(server, 'ann');
  bob = await newPerson(server, 'ben');
}, 200_000);
afterEach(disconnectAll);
afterAll(async () => {
  await server?.terminate();
  shop.remove();
});

const say = (chatter: Chatter, roomId: string, text: string) => chatter.ask('new_message', { roomId, clientId: id(), text });

it('have one bot between them, which answers once', async () => {
  const a = await connect(server, alice);
  const b = await connectAwayFrom(server, [workerOf(a)], bob);
  const lobby = (await a.ask('join_room', { room: 'lobby' })).room.id;
  await b.ask('join_room', { room: 'lobby' });
  for (const who of [a, b]) {
    const { message } = await say(who, lobby, 'echo is anybody there');
    const answer = await who.next('new_message', ({ replyTo }) => replyTo === message.seq);
    const { message: later } = await say(who, lobby, 'thank you');
    await who.next('new_message', ({ id: one }) => one === later.id);
    expect(who.all('new_message', lobby).filter(({ replyTo }) => replyTo === message.seq)).toEqual([answer]);
  }
  expect(await server.query(`SELECT count(*)::int AS n FROM users WHERE username = 'alice'`)).toEqual([{ n: 1 }]);
});

describe('limits', () => {
  it('of messages hold over all workers together', async () => {
    const carol = await newPerson(server, 'carol');
    const here = await connect(server, carol);
    const there = await connectAwayFrom(server, [workerOf(here)], carol);
    const lobby = (await here.ask('join_room', { room: 'lobby' })).room.id;
    await there.ask('join_room', { room: 'lobby' });
    const send = (who: Chatter) => who.raw('new_message', { roomId: lobby, clientId: id(), text: 'one of many' });
    const acks = await Promise.all(Array.from({ length: 30 }, () => [send(here), send(there)]).flat());
    const allowed = limits.messages.points + limits.message_burst.points;
    const accepted = acks.filter(({ ok }) => ok).length;
    expect([accepted >= allowed * 0.9, accepted <= allowed * 1.1]).toEqual([true, true]);
  });

  it('of failed logins hold over all workers together', async () => {
    await newPerson(server, 'dora');
    const login = (secret: string) => request(`${server.url}/api/v1/auth/login`, 'POST', { body: { login: 'dora', password: secret }, headers: { connection: 'close' } });
    const statuses: number[] = [];
    for (let n = 0; n < 14; n += 1) statuses.push((await login(`wrong ${n}`)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(limits.login_failures_per_account.points);
    expect((await login(password)).status).toBe(429);
  });

  it('are counted by each worker for itself while the primary stands still, and nobody is refused for that', async () => {
    const erin = await newPerson(server, 'erin');
    const chatter = await connect(server, erin);
    const lobby = (await chatter.ask('join_room', { room: 'lobby' })).room.id;
    process.kill(server.pid, 'SIGSTOP');
    try {
      const acks = [];
      for (let n = 0; n < 35; n += 1) acks.push(await chatter.raw('new_message', { roomId: lobby, clientId: id(), text: `${n}` }));
      const codes = acks.map((ack) => (ack.ok ? 'ok' : ack.error.code));
      expect(codes.filter((code) => code === 'ok').length).toBeGreaterThanOrEqual(limits.messages.points);
      expect(codes.filter((code) => code !== 'ok' && code !== 'rate_limited')).toEqual([]);
      expect(codes.at(-1)).toBe('rate_limited');
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await until(async () => (await server.status('/health/ready')) === 200);
  });
});
