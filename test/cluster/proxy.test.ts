import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, disconnectAll, id, type Chatter } from '../setup/chatters.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';
import { freePort } from '../../tools/free-port.mjs';
import { newPerson, request, type Person } from '../setup/people.js';
import { RedisServer } from '../setup/redis.js';
import { ServerProcess } from '../setup/server-process.js';
import { until } from '../setup/workers.js';

const root = join(__dirname, '../..');
const config = join(root, 'deploy/haproxy.cfg');
const missing = ['haproxy', 'redis-server'].filter((program) => spawnSync(program, ['-v']).error !== undefined);
if (missing.length > 0) process.stdout.write(`The tests of the proxy stand aside: they want ${missing.join(' and ')} from the system packages.\n`);

const names = ['app1', 'app2'];
let nodes: ServerProcess[] = [];
let redis: RedisServer;
let db: TestDatabase;
let proxy: ChildProcess;
let url: string;
let alice: Person;
let bob: Person;

const nodeOf = (chatter: Chatter): string => chatter.socket.io.engine.id.split('.')[0];

/** The very configuration that the compose file uses, in front of two servers of two workers each. */
async function startAll(): Promise<void> {
  [db, redis] = await Promise.all([freshDatabase(), RedisServer.start()]);
  const shared = { DATABASE_URL: db.url, REDIS_URL: redis.url, TRUST_PROXY: 'on', STOP_DELAY: '6000', WORKERS: '2' };
  nodes = await Promise.all(names.map((name) => ServerProcess.in(root, { ...shared, NODE_NAME: name })));
  for (const node of nodes) await node.start();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const addresses = Object.fromEntries(nodes.map((node, n) => [`APP${n + 1}`, new URL(node.url).host]));
  proxy = spawn('haproxy', ['-f', config], { env: { PATH: process.env.PATH, BIND: `127.0.0.1:${port}`, ...addresses }, stdio: 'ignore' });
  await until(() => fetch(`${url}/health/ready`).then(({ ok }) => ok, () => false));
  alice = await newPerson({ url }, 'alice');
  bob = await newPerson({ url }, 'bob');
}

async function stopAll(): Promise<void> {
  proxy?.kill('SIGKILL');
  await Promise.all(nodes.map((node) => node.terminate()));
  await redis?.stop();
  await db?.drop();
}

async function connectAt(name: string, person: Person, transports: ('websocket' | 'polling')[] = ['websocket']): Promise<Chatter> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await pause(20)) {
    const chatter = await connect({ url }, person, transports);
    if (nodeOf(chatter) === name) return chatter;
    chatter.leave();
  }
  throw new Error(`No connection went to ${name}`);
}

const lobbyOf = async (chatter: Chatter): Promise<string> => (await chatter.ask('join_room', { room: 'lobby' })).room.id;
const say = (chatter: Chatter, roomId: string, text: string) => chatter.ask('new_message', { roomId, clientId: id(), text });

/** Somebody who never stops asking; what was not a good answer is kept. */
function keepAsking(): { stop(): Promise<{ asked: number; bad: string[] }> } {
  let on = true;
  const seen = { asked: 0, bad: [] as string[] };
  const asking = [alice, bob].map(async (person) => {
    for (; on; seen.asked += 1) {
      const headers = { authorization: `Bearer ${person.accessToken}` };
      const status = await request(`${url}/api/v1/users/me`, 'GET', { headers }).then((answer) => answer.status, (error: unknown) => String(error));
      if (status !== 200) seen.bad.push(String(status));
      await pause(5);
    }
  });
  return { async stop() { on = false; await Promise.all(asking); return seen; } };
}

/** Where three who come in now are brought. */
async function newcomers(): Promise<string[]> {
  const chatters = await Promise.all([alice, bob, alice].map((person) => connect({ url }, person)));
  chatters.forEach((chatter) => { chatter.leave(); });
  return chatters.map(nodeOf);
}

/** One step of a rolling restart, with people at the node. */
async function restartUnderWay(node: ServerProcess, stopping: string, other: string): Promise<void> {
  const there = await connectAt(stopping, alice);
  const polling = await connectAt(stopping, bob, ['polling']);
  const roomId = await lobbyOf(there);
  await lobbyOf(polling);
  const ended = node.terminate();
  await until(async () => (await node.status('/health/ready')) === 503);
  let rounds = 0; // The proxy asks twice a second. Until it knows, chance brings some to the other node.
  await until(async () => (rounds = (await newcomers()).includes(stopping) ? 0 : rounds + 1) >= 4);
  expect(await newcomers()).toEqual([other, other, other]);
  const { message } = await say(polling, roomId, 'still polling at a node that stops');
  await there.next('new_message', ({ id: one }) => one === message.id);
  await until(() => [there, polling].every((who) => who.all('server_closing').length > 0));
  expect(await ended).toMatchObject({ code: 0, signal: null });
  await node.start();
  (await connectAt(stopping, alice)).leave();
}

describe(`the proxy${missing.length > 0 ? ' (not here)' : ''}`, () => {
  it('is here where it counts', () => {
    expect(missing.length > 0 && process.env.CI === 'true').toBe(false);
  });

  it('has a node for each server that its configuration names', () => {
    const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    const servers = [...readFileSync(config, 'utf8').matchAll(/^ {2}server (\S+) "\$\{\S+-(\S+)\}"/gm)].map(([, name, address]) => [name, address]);
    expect(servers).toEqual(names.map((name) => [name, `${name}:3000`]));
    for (const name of names) expect(compose).toMatch(new RegExp(`^  ${name}:[\\s\\S]*?NODE_NAME: ${name}$`, 'm'));
  });

  if (missing.length > 0) return;
  beforeAll(startAll, 300_000);
  afterEach(disconnectAll);
  afterAll(stopAll, 100_000);

  it('lets people at different nodes chat, by WebSocket and by polling', async () => {
    const everyone = [await connectAt('app1', alice), await connectAt('app2', bob), await connectAt('app1', bob, ['polling']), await connectAt('app2', alice, ['polling'])];
    const upgraded = await connect({ url }, alice, ['polling', 'websocket']);
    await until(() => upgraded.socket.io.engine.transport.name === 'websocket');
    everyone.push(upgraded);
    for (const who of everyone) await lobbyOf(who);
    const roomId = await lobbyOf(upgraded);
    for (const who of everyone) {
      const { message } = await say(who, roomId, `from ${nodeOf(who)}`);
      await Promise.all(everyone.map((other) => other.next('new_message', ({ id: one }) => one === message.id)));
    }
  });

  it('tells the nodes whose address it is, whatever the caller wrote', async () => {
    const headers = { authorization: `Bearer ${alice.accessToken}`, 'x-forwarded-for': '203.0.113.7' };
    await request(`${url}/api/v1/auth/login`, 'POST', { body: { login: 'bob', password: 'correct horse battery' }, headers });
    const { body } = await bob.get<{ sessions: { ip: string }[] }>('/auth/sessions');
    expect(body.sessions.map(({ ip }) => ip)).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('shows nobody the figures of the nodes, however the path is written', async () => {
    for (const path of ['/metrics', '/metrics?x=1', '/%6detrics']) expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
    expect(await nodes[0].status('/metrics')).toBe(200);
  });

  it('brings nobody new to a node that stops, and a rolling restart is one that no request notices', async () => {
    const watch = keepAsking();
    try {
      for (const [n, node] of nodes.entries()) await restartUnderWay(node, names[n], names[1 - n]);
    } finally {
      await watch.stop();
    }
    const { asked, bad } = await watch.stop();
    expect(bad).toEqual([]);
    expect(asked).toBeGreaterThan(50);
  }, 120_000);

  it('goes on with the other node when one is killed', async () => {
    const there = await connectAt('app2', bob);
    const roomId = await lobbyOf(there);
    await nodes[0].kill();
    await until(async () => (await newcomers().catch(() => [])).length > 0);
    expect((await say(there, roomId, 'alone')).duplicate).toBe(false);
    expect(await newcomers()).toEqual(['app2', 'app2', 'app2']);
  }, 60_000);
});

