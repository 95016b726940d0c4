import { afterAll, afterEach, beforeEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect as openConnection } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { io } from 'socket.io-client';
import { HealthService } from '../../src/health/health.service.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Chatter;
let open = true;

beforeEach(async () => {
  server = await startServer();
  open = true;
  alice = await newChatter(server, 'alice');
});
afterEach(async () => {
  disconnectAll();
  if (open) await server.close();
});
afterAll(disconnectAll);

async function stop(): Promise<void> {
  open = false;
  await server.close();
}

/** Somebody else holds the lobby for as long as `during` takes: whatever writes to it waits. */
async function whileLocked<T>(ms: number, during: () => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: server.db.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE rooms, memberships IN ACCESS EXCLUSIVE MODE');
  const release = async (): Promise<void> => {
    await pause(ms);
    await client.query('COMMIT').catch((error: unknown) => { if (open) throw error; }); // A server that has closed took its database along.
    await client.end();
  };
  const [result] = await Promise.all([during(), release()]);
  return result;
}

const lobby = async (): Promise<string> => (await alice.ask('join_room', { room: 'lobby' })).room.id;

it('tells every socket when to come back, answers what is under way, and closes so that clients come back by themselves', async () => {
  const roomId = await lobby();
  const bob = await newChatter(server, 'bob');
  const carol = await newChatter(server, 'carol');
  const everyone = [alice, bob, carol];
  const reasons = everyone.map((who) => who.disconnected());
  const order: string[] = [];
  await whileLocked(1500, async () => {
    const sent = alice.ask('new_message', { roomId, clientId: id(), text: 'while stopping' }).then(({ duplicate }) => order.push(`acked ${duplicate}`));
    const overRest = carol.person.post(`/rooms/${roomId}/messages`, { text: 'by REST' }).then(({ status }) => order.push(`answered ${status}`));
    void reasons[0]?.then(() => order.push('closed'));
    await pause(50);
    const stopped = stop();
    for (const who of everyone) expect((await who.next('server_closing')).reconnectAfterMs).toBeGreaterThanOrEqual(300);
    await Promise.all([sent, overRest, stopped]);
  });
  expect(await Promise.all(reasons)).toEqual(everyone.map(() => 'transport close'));
  expect(order).toHaveLength(3);
  expect(order.indexOf('acked false')).toBeLessThan(order.indexOf('closed'));
  expect(order).toContain('answered 201');
});

it('lets nobody in once it stops, and is not ready', async () => {
  server.app.get(HealthService).stop();
  const stopped = stop();
  await alice.next('server_closing');
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  await expect(connect(server, alice.person)).rejects.toThrow();
  await stopped;
});

it('does not wait for a client that keeps its connection busy, nor for those that connected and said nothing', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let asking = true;
  const busy = (async () => {
    while (asking) {
      const response = await once(get(`${server.url}/health/live`, { agent }), 'response').catch(() => undefined) as [IncomingMessage] | undefined;
      response?.[0].resume();
      if (response === undefined) await pause(5);
    }
  })();
  const stranger = io(server.url, { transports: ['websocket'], reconnection: false, forceNew: true, autoConnect: false });
  stranger.io.open();
  const silent = openConnection(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined);
  await pause(100);
  const began = Date.now();
  await stop();
  expect(Date.now() - began).toBeLessThan(8000);
  asking = false;
  await busy;
  stranger.disconnect();
  silent.destroy();
  agent.destroy();
});

it('answers a send within five seconds when PostgreSQL does not, and the same send goes through later', async () => {
  const roomId = await lobby();
  const body = { roomId, clientId: id(), text: 'patience' };
  const bob = await newChatter(server, 'bob');
  const rest = { text: 'patience by REST', clientId: id() };
  await whileLocked(9000, async () => {
    const began = Date.now();
    const [refused, overRest] = await Promise.all([alice.refused('new_message', body), bob.person.post(`/rooms/${roomId}/messages`, rest)]);
    expect(Date.now() - began).toBeLessThan(7500);
    expect(refused).toMatchObject({ code: 'unavailable', retryAfterMs: 1000 });
    expect([overRest.status, overRest.body.code, overRest.headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
  });
  await alice.ask('new_message', body);
  expect((await bob.person.post(`/rooms/${roomId}/messages`, rest)).status).toBeLessThan(300);
  expect(await server.db.query('SELECT text FROM messages ORDER BY text')).toEqual([{ text: 'patience' }, { text: 'patience by REST' }]);
});

it('says goodbye at once although it is still being looked up whom somebody concerns who came', async () => {
  const order: string[] = [];
  const bob = await newChatter(server, 'bob');
  await whileLocked(5000, async () => {
    void pause(5000).then(() => order.push('found out'));
    await pause(1500); // A second later it is looked up, and the tables are locked.
    const stopped = stop();
    await Promise.all([alice, bob].map((who) => who.next('server_closing')));
    order.push('told');
    await stopped;
  });
  expect(order[0]).toBe('told');
});
