import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, disconnectAll, id, type Chatter } from '../setup/chatters.js';
import { freshDatabase } from '../setup/database.js';
import { newPerson, type Person } from '../setup/people.js';
import { ServerProcess, serverScript, workshop } from '../setup/server-process.js';
import { connectAwayFrom, startWorkers, until, workerOf, workerPids } from '../setup/workers.js';

const shop = workshop();
const script = join(shop.folder, serverScript);
let server: ServerProcess;
let alice: Person;
let bob: Person;

/** With nothing else installed: the database is our own, in an empty folder. */
beforeAll(async () => {
  server = await ServerProcess.in(shop.folder, { WORKERS: '2' });
  await startWorkers(server);
  alice = await newPerson(server, 'alice');
  bob = await newPerson(server, 'bob');
}, 200_000);
afterEach(disconnectAll);
afterAll(async () => {
  await server?.terminate();
  shop.remove();
});

const lobbyOf = async (chatter: Chatter): Promise<string> => (await chatter.ask('join_room', { room: 'lobby' })).room.id;
const say = (chatter: Chatter, roomId: string, text: string) => chatter.ask('new_message', { roomId, clientId: id(), text });

/**
 * People whose polling turns into WebSocket, until there are enough. Connections go to the workers in turn: alone, each would get the same ones of its
 * connections to the same worker; three at a time, who also leave one connection between them, get in each other's way.
 */
async function upgraded(enough: (chatters: Chatter[]) => boolean): Promise<Chatter[]> {
  const chatters: Chatter[] = [];
  while (!enough(chatters)) {
    chatters.push(...(await Promise.all([alice, alice, alice].map((person) => connect(server, person, ['polling', 'websocket'])))));
    await fetch(`${server.url}/health/live`, { headers: { connection: 'close' } });
  }
  await until(() => chatters.every(({ socket }) => socket.io.engine.transport.name === 'websocket'));
  return chatters;
}

describe('polling', () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  afterAll(() => { agent.destroy(); });

  async function ask(method: string, query: string, options: { body?: string; through?: Agent } = {}): Promise<{ status: number; text: string; reused: boolean }> {
    return await new Promise((resolve, reject) => {
      const asked = request(`${server.url}/socket.io/?EIO=4&transport=polling${query}`, { method, agent: options.through ?? agent, headers: { 'content-type': 'text/plain;charset=UTF-8' } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => { text += piece; }).on('end', () => { resolve({ status: answer.statusCode ?? 0, text, reused: asked.reusedSocket }); });
      });
      asked.on('error', reject);
      asked.end(options.body);
    });
  }

  async function handshake(): Promise<string> {
    const { text } = await ask('GET', '', { through: new Agent() });
    return (JSON.parse(text.slice(1)) as { sid: string }).sid;
  }

  /** Polls until a packet that begins so is there; a heartbeat may come with it, or before. */
  async function hear(sid: string, start: string): Promise<string> {
    for (;;) {
      const { text, ...answer } = await ask('GET', `&sid=${sid}`);
      expect(answer).toEqual({ status: 200, reused: true });
      const heard = text.split('\x1e').find((packet) => packet.startsWith(start));
      if (heard !== undefined) return heard;
    }
  }

  it('works for two sessions at two workers that share one connection, as behind a proxy', async () => {
    const sids = [await handshake()];
    while (sids.length < 2) {
      const sid = await handshake();
      if (sid.split('.')[0] !== sids[0].split('.')[0]) sids.push(sid);
    }
    await ask('GET', '&sid=0');
    for (const [n, person] of [alice, bob].entries()) {
      const posted = await ask('POST', `&sid=${sids[n]}`, { body: `40${JSON.stringify({ token: person.accessToken })}` });
      expect(posted).toEqual({ status: 200, text: 'ok', reused: true });
    }
    for (const sid of [...sids].reverse()) expect(await hear(sid, '40{"sid"')).toMatch(/^40\{"sid":"[\w-]{20}"\}$/);
    for (const sid of sids) {
      await ask('POST', `&sid=${sid}`, { body: '420["join_room",{"room":"lobby"}]' });
      expect(await hear(sid, '430[')).toMatch(/^430\[\{"ok":true/);
    }
  });

  it('of a session that nobody has, or of a worker that is gone, is refused as Engine.IO does it', async () => {
    for (const sid of ['99999.AAAAAAAAAAAAAAAAAAAA', '1.AAAAAAAAAAAAAAAAAAAA', '2.AAAAAAAAAAAAAAAAAAAA', 'other.1.AAAAAAAAAAAAAAAAAAAA', '../1.A']) {
      expect(await ask('GET', `&sid=${sid}`)).toMatchObject({ status: 400, text: '{"code":1,"message":"Session ID unknown"}' });
    }
  });

  it('turns into WebSocket at whichever worker the request for it arrives', async () => {
    for (const chatter of await upgraded((all) => all.length >= 9 && new Set(all.map(workerOf)).size === 2)) await lobbyOf(chatter);
  });
});

describe('a worker that is killed', () => {
  it('is replaced, while the others go on, and nothing acknowledged is lost', async () => {
    const before = workerPids(server);
    expect(before).toHaveLength(2);
    const at = [await connectAwayFrom(server, [], alice)];
    at.push(await connectAwayFrom(server, at.map(workerOf), bob));
    const roomId = await lobbyOf(at[0]);
    const acked = [await say(at[0], roomId, 'at one'), await say(at[1], roomId, 'at the other')];
    const gone = at.map((chatter) => chatter.disconnected().then(() => chatter, () => undefined));
    process.kill(before[0], 'SIGKILL');
    const victim = await Promise.race(gone);
    const [survivor] = at.filter((chatter) => chatter !== victim);
    acked.push(await say(survivor, roomId, 'still here'));
    await until(() => workerPids(server).length === 2 && !workerPids(server).includes(before[0]));
    await until(async () => (await server.status('/health/ready')) === 200);
    const back = await connectAwayFrom(server, [workerOf(survivor)], alice);
    const { messages } = (await back.ask('fetch_messages', { roomId }));
    expect(messages.map(({ id: one }) => one)).toEqual(acked.map(({ message }) => message.id));
    expect(survivor.socket.connected).toBe(true);
    expect(server.output).toContain(`Worker ${before[0]} ended (SIGKILL); another one takes its place.`);
  });
});

describe('the figures', () => {
  it('are those of all workers together, whichever is asked', async () => {
    const first = await connect(server, alice);
    await connectAwayFrom(server, [workerOf(first)], bob);
    const open = async (): Promise<string | undefined> => /^chat_open_sockets (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } })).text())?.[1];
    let rounds = 0; // The sockets of the search go away a moment later.
    await until(async () => (rounds = (await open()) === '2' ? rounds + 1 : 0) >= 4);
  });
});

describe('SIGUSR2', () => {
  it('renews the workers one after the other, and no request fails', async () => {
    const before = workerPids(server);
    process.kill(server.pid, 'SIGUSR2');
    const statuses = new Set<number>();
    await until(async () => {
      statuses.add((await fetch(`${server.url}/health/live`, { headers: { connection: 'close' } })).status);
      return workerPids(server).length === 2 && !workerPids(server).some((pid) => before.includes(pid));
    });
    expect([...statuses]).toEqual([200]);
  });
});

describe('stopping', () => {
  it('drains every worker, and stops the database last', async () => {
    const at = [await connectAwayFrom(server, [], alice)];
    at.push(await connectAwayFrom(server, at.map(workerOf), bob));
    const roomId = await lobbyOf(at[0]);
    const gone = at.map((chatter) => chatter.disconnected());
    const ended = server.terminate();
    for (const chatter of at) expect((await chatter.next('server_closing')).reconnectAfterMs).toBeGreaterThanOrEqual(300);
    const last = await Promise.all(at.map((chatter) => say(chatter, roomId, 'while stopping')));
    expect(await Promise.all(gone)).toEqual(['transport close', 'transport close']);
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect({ ms: (await ended).ms <= 15_000, postgres: server.postmaster() }).toEqual({ ms: true, postgres: undefined });
    await startWorkers(server);
    const { messages } = await (await connect(server, alice)).ask('fetch_messages', { roomId });
    expect(messages.slice(-2).map((message) => message.id).sort()).toEqual(last.map(({ message }) => message.id).sort());
  }, 120_000); // A stop may take fifteen seconds, and a start of everything as long on a busy machine.

  it('lets those say what they have to say whose WebSocket goes through a worker that has nobody of its own', async () => {
    const atOne = (all: Chatter[]): Chatter[] => all.filter((chatter) => workerOf(chatter) === workerOf(all[0]));
    const all = await upgraded((chatters) => chatters.length > 0 && atOne(chatters).length >= 8);
    const stay = atOne(all);
    for (const chatter of all) if (!stay.includes(chatter)) chatter.leave();
    const roomId = await lobbyOf(stay[0]);
    const ended = server.terminate();
    for (const chatter of stay) expect((await chatter.next('server_closing')).reconnectAfterMs).toBeGreaterThanOrEqual(300);
    await Promise.all(stay.map((chatter) => say(chatter, roomId, 'while stopping')));
    expect(await ended).toMatchObject({ code: 0, signal: null });
    await startWorkers(server);
  }, 120_000);

  it('drains also at a Ctrl-C, which reaches every process, and twice under npm', async () => {
    const chatter = await connect(server, alice);
    for (const pid of [...workerPids(server), server.pid, server.pid]) process.kill(pid, 'SIGINT');
    await chatter.next('server_closing');
    await until(() => !server.runs);
    expect(await server.terminate()).toMatchObject({ code: 0, signal: null });
    expect(server.postmaster()).toBeUndefined();
  });
});

describe('a start that cannot succeed', () => {
  const run = (args: string[], env: Record<string, string> = {}) => spawnSync(process.execPath, [script, ...args], { env: { PATH: process.env.PATH, NODE_ENV: 'test', JWT_SECRET: 'x', PORT: '0', HOST: '127.0.0.1', DATA_DIR: server.dataDir, ...env }, encoding: 'utf8', timeout: 60_000 });

  it.each([
    [['--workers', '0'], 'WORKERS must be a whole number from 1 to 64'],
    [['--workers', 'many'], 'WORKERS must be a whole number from 1 to 64, or auto'],
    [['--workers'], "Option '--workers <value>' argument missing"],
    [['--worker', '2'], "Unknown option '--worker'"],
  ])('says so: %j', (args, fault) => {
    const { status, stderr } = run(args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(fault) });
  });

  it.each(['--help', '-h'])('is none with %s, which tells what there is', (option) => {
    expect(run([option])).toMatchObject({ status: 0, stdout: expect.stringContaining('--check-config') });
  });

  it('names the port that somebody else has, and the folder that is none, without a trace of our code', async () => {
    const db = await freshDatabase();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const attempts = [run([], { DATABASE_URL: db.url, PORT: String(port) }), run([], { DATA_DIR: script })];
    other.close();
    await db.drop();
    const faults = [`127.0.0.1:${port}. Another program has this port: stop it, or set PORT to another one.`, script];
    expect(attempts).toMatchObject(faults.map((fault) => ({ status: 1, stderr: expect.stringContaining(fault) })));
    for (const { stderr } of attempts) expect(stderr).not.toContain('    at ');
  });

  it('ends everything with the message of the worker, which is said once', () => {
    const url = new URL(process.env.VERBATIM_TEST_POSTGRES ?? '');
    url.pathname = '/nowhere';
    const { status, stderr } = run(['--workers', '2'], { DATABASE_URL: url.href });
    expect(status).toBe(1);
    expect(stderr.match(/database "nowhere" does not exist/g)).toHaveLength(1);
    expect(stderr).toContain('The first worker did not start (exit code 1).');
  });
});
