// How much one account may ask over sockets, whatever it asks and over however many of them.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { limits } from '../../src/common/counts.js';
import type { SocketError } from '../../src/contract/ack.dto.js';
import type { Room } from '../../src/contract/room.dto.js';
import { requests, type RequestName } from '../../src/contract/events.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { newPerson } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { until } from '../setup/until.js';

let server: TestServer;
let bob: Chatter;
let n = 0;

beforeAll(async () => {
  server = await startServer({ RATE_LIMITS: 'on', TRUST_PROXY: 'on' });
  await newPerson(server, 'admin');
});
afterEach(disconnectAll);
afterAll(() => server.close());

const newcomer = (): Promise<Chatter> => newChatter(server, `newcomer${(n += 1)}`);
const codesOf = async (asked: Promise<unknown>[]): Promise<Record<string, number>> => {
  const codes: Record<string, number> = {};
  for (const ack of (await Promise.all(asked)) as { ok: boolean; error: SocketError }[]) {
    const code = ack.ok ? 'ok' : ack.error.code;
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return codes;
};
const times = (count: number, ask: () => Promise<unknown>): Promise<Record<string, number>> => codesOf(Array.from({ length: count }, ask));

const classes: [string, RequestName[], number][] = [
  ['sync', ['sync'], limits.sync.points],
  ['read', ['fetch_messages', 'fetch_users', 'watch_presence'], limits.read.points],
  ['write', ['join_room', 'leave_room', 'look', 'edit_message', 'delete_message', 'add_reaction', 'remove_reaction', 'mark_read', 'refresh_token'], limits.write.points],
];

describe('requests of one class', () => {
  it('are all of them, but messages and typing, which have tests of their own', () => {
    const named = [...classes.flatMap(([, names]) => names), 'new_message', 'typing'];
    expect(named.sort()).toEqual(Object.keys(requests).sort());
  });

  it.each(classes)('%s: are counted together over sockets, also those that make no sense', async (_, names, points) => {
    const [here, person] = [await newcomer(), await newcomer()];
    const there = await connect(server, here.person);
    for (let asked = 0; asked < points; asked += 20) {
      expect(await times(20, () => (asked % 40 === 0 ? here : there).raw(names[0], 'nonsense'))).toEqual({ bad_arguments: 20 });
    }
    for (const name of names) {
      const refused = await there.refused(name, {});
      expect([name, refused]).toEqual([name, expect.objectContaining({ code: 'rate_limited', status: 429, retryAfterMs: expect.any(Number) })]);
      expect([(refused.retryAfterMs ?? 0) > 0, (refused.retryAfterMs ?? 0) <= 60_000]).toEqual([true, true]);
      expect((await person.refused(name, 'nonsense')).code).toBe('bad_arguments');
    }
    expect((await here.ask('new_message', { text: 'still here', clientId: id() })).duplicate).toBe(false);
  }, 60_000);

  it('count unknown events as well', async () => {
    const alice = await newcomer();
    const nonsense = () => alice.socket.timeout(20_000).emitWithAck('nonsense', {});
    for (let asked = 0; asked < limits.write.points; asked += 50) expect(await times(50, nonsense)).toEqual({ unknown_event: 50 });
    expect(await times(20, nonsense)).toEqual({ rate_limited: 20 });
  });

  it('are counted together with those over REST', async () => {
    const alice = await newcomer();
    for (let asked = 0; asked < limits.write.points; asked += 50) await times(50, () => alice.raw('mark_read', 'nonsense'));
    expect((await alice.person.patch('/users/me', { name: 'Another' })).status).toBe(429);
    expect((await alice.person.get('/users/me')).status).toBe(200);
  });

  it('count messages that are refused for what they are, and count each only once over REST', async () => {
    const alice = await newcomer();
    expect(await times(30, () => alice.raw('new_message', { text: '' }))).toEqual({ invalid_input: 30 });
    expect((await alice.refused('new_message', { text: 'hello', clientId: id() })).code).toBe('rate_limited');
    const carol = await newcomer();
    const sent = await carol.person.post('/messages', { text: 'hello' });
    expect([sent.status, sent.headers.get('ratelimit-policy')]).toEqual([201, '"messages";q=20;w=10']);
    const { headers } = await carol.person.patch('/users/me', {});
    expect(headers.get('ratelimit')).toMatch(/^"write";r=299;/);
  });
});

describe('typing', () => {
  it('beyond what anybody types is dropped without a word', async () => {
    bob = await newcomer();
    const alice = await newcomer();
    const { body: room } = await alice.person.post<Room>('/rooms', { name: 'Typing', kind: 'private', memberIds: [bob.id] });
    await bob.next('room_added');
    for (let i = 0; i < 3; i += 1) await times(100, () => alice.raw('typing', { roomId: room.id, typing: (n += 1) % 2 === 0 }));
    expect(await times(20, () => alice.raw('typing', { roomId: room.id, typing: true }))).toEqual({ ok: 20 });
    expect(bob.all('typing', room.id).length).toBeLessThanOrEqual(limits.typing.points + 1);
    expect(bob.all('typing', room.id).length).toBeGreaterThan(0);
  });
});

describe('a few at a time', () => {
  it('one sync of an account is under way, some wait for it, and more are told to come back', async () => {
    const here = await newcomer();
    const there = await connect(server, here.person);
    const lock = new Client({ connectionString: server.db.url });
    await lock.connect();
    try {
      await lock.query('BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE'); // Which nothing reads by itself.
      const asked = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? here : there).raw('sync', {}));
      const answered = codesOf(asked.slice(0, 21));
      const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await until(async () => (await server.db.query<{ n: number }>(waiting))[0].n > 0);
      expect(await codesOf(asked.slice(21))).toEqual({ rate_limited: 9 });
      expect(await server.db.query(waiting)).toEqual([{ n: 1 }]);
      await lock.query('ROLLBACK');
      const { ok, ...late } = await answered; // All of them, unless the machine was too slow for those that waited.
      expect([ok > 0, Object.keys(late).filter((code) => code !== 'rate_limited' && code !== 'unavailable')]).toEqual([true, []]);
      expect((await here.ask('sync', {})).rooms).toHaveLength(1);
    } finally {
      await lock.end();
    }
  });
});

describe('who goes on and on', () => {
  it('is told why, cut off on all sockets, and let in again only later, while others stay', async () => {
    bob = await newcomer();
    const alice = await newcomer();
    const second = await connect(server, alice.person);
    const flood = (who: Chatter) => { for (let i = 0; i < 400; i += 1) who.socket.emit('mark_read', 'nonsense'); };
    for (const who of [alice, second, alice, second]) flood(who);
    await Promise.all([alice, second].map(async (who) => {
      const { retryAfterMs } = await who.next('rate_limited');
      expect([retryAfterMs > 0, retryAfterMs <= 60_000]).toEqual([true, true]);
      await who.disconnected();
    }));
    await expect(connect(server, alice.person)).rejects.toMatchObject({ data: { code: 'rate_limited', status: 429, retryAfterMs: expect.any(Number) } });
    expect((await bob.ask('new_message', { text: 'I am still here', clientId: id() })).duplicate).toBe(false);
    expect(bob.socket.connected).toBe(true);
  });

  it('over REST is answered slowly', async () => {
    const alice = await newcomer();
    const edit = () => alice.person.patch('/users/me', {});
    for (let left = limits.write.points + 300; left > 0; left -= 50) await Promise.all(Array.from({ length: 50 }, edit));
    const began = performance.now();
    const { status, headers } = await edit();
    expect([status, headers.get('connection')]).toEqual([429, 'close']);
    expect(performance.now() - began).toBeGreaterThan(900);
  });
});

describe('connecting', () => {
  it('is counted for each account', async () => {
    const alice = await newcomer();
    const come = (): Promise<string> => connect(server, alice.person).then((one) => { one.leave(); return 'ok'; }, (error: unknown) => (error as { data: SocketError }).data.code);
    let outcome = '';
    for (let tries = 0; outcome !== 'rate_limited' && tries < 2 * limits.connects.points; tries += 1) outcome = await come();
    expect(outcome).toBe('rate_limited');
  }, 60_000);

  it('is counted by address before anybody says who they are, wherever they say that they come from', async () => {
    const knock = async (from: string): Promise<number> => (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { 'x-forwarded-for': from } })).status;
    let status = 200;
    for (let tries = 0; status === 200 && tries < limits.handshakes.points + 100; tries += 100) {
      status = Math.max(...(await Promise.all(Array.from({ length: 100 }, () => knock(`192.0.2.${tries % 7}, 203.0.113.9`)))));
    }
    expect(status).toBe(403);
    expect(await knock('203.0.113.10')).toBe(200);
  }, 120_000);
});
