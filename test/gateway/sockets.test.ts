import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { authenticate, rawPolling, rawWebSocket } from '../setup/raw-socket.js';
import { connectFault } from '../setup/schemas.js';
import { nodeCount, startServer, type TestServer } from '../setup/server.js';
import { goodClaims, goodHeader, handmade, now, readClaims } from '../setup/tokens.js';
import { until } from '../setup/until.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
const transports = ['websocket', 'polling'] as const;
type Transport = (typeof transports)[number];

let server: TestServer;
let alice: Chatter;

beforeAll(async () => {
  server = await startServer({ CONNECT_TIMEOUT: '500', CORS_ORIGINS: 'https://chat.example.org' });
  alice = await newChatter(server, 'alice');
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

/** The code with which a handshake is refused; undefined: it is not. */
async function refusal(options: Record<string, unknown>, transport: Transport = 'websocket', url = server.url): Promise<string | undefined> {
  const socket = io(url, { transports: [transport], reconnection: false, forceNew: true, ...options });
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => { resolve(undefined); });
      socket.once('connect_error', (error) => { resolve((connectFault(error) ?? (error as Error & { data: { code: string } }).data.code)); });
    });
  } finally {
    socket.disconnect();
  }
}

describe.each(transports)('the handshake over %s', (transport) => {
  let person: Person;
  beforeAll(async () => { person = await newPerson(server, `hand-${transport}`); });

  it('lets a good token in', async () => {
    expect(await refusal({ auth: { token: person.accessToken } }, transport)).toBeUndefined();
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['no token', () => ({})],
    ['an empty one', () => ({ auth: { token: '' } })],
    ['something else', () => ({ auth: { token: { $ne: null } } })],
    ['nonsense', () => ({ auth: { token: 'a.b.c' } })],
    ['another signature', () => ({ auth: { token: `${person.accessToken.slice(0, -3)}abc` } })],
    ['an expired one', () => ({ auth: { token: handmade(goodHeader, { ...goodClaims(readClaims(person.accessToken)), iat: now() - 900, exp: now() - 100 }) } })],
    ['a session that never was', () => ({ auth: { token: handmade(goodHeader, goodClaims({ sub: person.user.id, sid: id() })) } })],
    ['a good one in the address only', () => ({ query: { token: person.accessToken, auth: person.accessToken } })],
    ['a good one in a header only', () => ({ extraHeaders: { authorization: `Bearer ${person.accessToken}` } })],
  ])('refuses %s', async (_, options) => {
    expect(await refusal(options(), transport)).toBe('unauthenticated');
  });

  it('refuses who has logged out', async () => {
    const device = await person.anotherDevice();
    expect(await refusal({ auth: { token: device.accessToken } }, transport)).toBeUndefined();
    await device.post('/auth/logout');
    expect(await refusal({ auth: { token: device.accessToken } }, transport)).toBe('unauthenticated');
  });
});

describe('web origins', () => {
  const status = async (transport: Transport, headers: Record<string, string>): Promise<number> => {
    if (transport === 'polling') return (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers })).status;
    const socket = await rawWebSocket(server.url, { headers });
    const open = socket.heard.some((frame) => frame.startsWith('0'));
    socket.end();
    return open ? 200 : 403;
  };

  it.each(transports.flatMap((transport) => [
    [transport, 'no origin', {}, 200],
    [transport, 'an origin on the list', { origin: 'https://chat.example.org' }, 200],
    [transport, 'a foreign one', { origin: 'https://evil.example' }, 403],
    [transport, 'one that only begins like ours', { origin: 'https://chat.example.org.evil.example' }, 403],
    [transport, 'null', { origin: 'null' }, 403],
  ] as [Transport, string, Record<string, string>, number][]))('over %s: %s', async (transport, _, headers, expected) => {
    expect(await status(transport, headers)).toBe(expected);
  });

  it('counts the address under which one came as its own', async () => {
    for (const transport of transports) expect(await status(transport, { origin: server.url.replace('localhost', '127.0.0.1') })).toBe(200);
  });
});

describe('acks', () => {
  const code = async (name: string, ...args: unknown[]): Promise<string> => {
    const ack = await alice.raw(name, ...args);
    return ack.ok ? 'ok' : ack.error.code;
  };

  it.each(['no_such_event', 'message', 'error', 'close', 'toString', '__proto__', 'constructor', 'hasOwnProperty', '', '\u0000', 'n'.repeat(1000)])('answers unknown event %j', async (name) => {
    expect(await code(name, {})).toBe('unknown_event');
    expect(await code(name)).toBe('unknown_event');
  });

  it.each<[string, unknown[]]>([
    ['nothing', []], ['null', [null]], ['text', ['x']], ['a number', [1]], ['a list', [[]]], ['two objects', [{}, {}]], ['many', [1, 2, 3, 4, 5, 6, 7, 8]], ['binary', [Buffer.from('x')]],
  ])('refuses %s instead of one object', async (_, args) => {
    for (const name of ['sync', 'new_message', 'typing', 'refresh_token']) expect(await code(name, ...args)).toBe('bad_arguments');
  });

  it('says of each field what is wrong with it', async () => {
    const error = await alice.refused('new_message', { roomId: 'x', text: '', clientId: 7, senderId: alice.id });
    expect(error).toMatchObject({ code: 'invalid_input', status: 422, requestId: expect.any(String) });
    expect(Object.fromEntries((error.errors ?? []).map((one) => [one.field, one.code]))).toEqual({ roomId: 'bad_format', text: 'too_short', clientId: 'bad_format', senderId: 'unknown_field' });
    expect((await alice.refused('new_message', {})).errors?.map((one) => [one.field, one.code])).toEqual(expect.arrayContaining([['text', 'required'], ['clientId', 'required']]));
  });

  it.each<[string, string, unknown, string]>([
    ['a key that reaches prototypes', 'sync', JSON.parse('{"__proto__":{"admin":true}}'), 'invalid_input'],
    ['control characters', 'new_message', { text: 'a\u0000b', clientId: id() }, 'invalid_input'],
    ['half a character', 'new_message', { text: '\ud800', clientId: id() }, 'invalid_input'],
    ['a depth without end', 'sync', { rooms: JSON.parse('{"a":'.repeat(25) + '1' + '}'.repeat(25)) }, 'too_deep'],
    ['binary inside', 'typing', { roomId: Buffer.alloc(60_000), typing: true }, 'invalid_input'],
    ['no map of rooms', 'sync', { rooms: null }, 'invalid_input'],
    ['no limit', 'join_room', { room: 'lobby', limit: null }, 'invalid_input'],
    ['a limit out of range', 'join_room', { room: 'lobby', limit: 101 }, 'invalid_input'],
    ['no moment', 'fetch_messages', { roomId: id(), timestamp: null }, 'invalid_input'],
    ['an impossible moment', 'fetch_messages', { roomId: id(), timestamp: '2026-13-99T00:00:00Z' }, 'invalid_input'],
    ['a day that no month has', 'fetch_messages', { roomId: id(), timestamp: '2026-02-30T00:00:00Z' }, 'invalid_input'],
    ['a year that never was', 'fetch_messages', { roomId: id(), timestamp: '0000-01-01T00:00:00Z' }, 'invalid_input'],
    ['another sender', 'new_message', { text: 'x', clientId: id(), senderId: id(), seq: 1 }, 'invalid_input'],
    ['a room that is not there', 'join_room', { room: id() }, 'not_found'],
  ])('refuses %s', async (_, name, body, expected) => {
    expect(await code(name, body)).toBe(expected);
  });

  it('takes one attachment named a thousand times for what it is, at once', async () => {
    const socket = await rawWebSocket(server.url);
    expect(await authenticate(socket, alice.person.accessToken)).toBe(true);
    const started = Date.now();
    await socket.send(`451-7["typing",{"a":[${Array.from({ length: 2000 }, () => '{"_placeholder":true,"num":0}').join()}]}]`);
    await socket.send(Buffer.alloc(60_000));
    expect(await socket.until((frame) => frame.startsWith('437['))).toContain('"code":"invalid_input"');
    expect(Date.now() - started).toBeLessThan(5000);
    socket.end();
  });

  it('does what it is asked also when nobody waits for the ack', async () => {
    alice.forget();
    const clientId = id();
    alice.socket.emit('new_message', { text: 'no answer needed', clientId });
    expect(await alice.next('new_message', (message) => message.clientId === clientId)).toMatchObject({ text: 'no answer needed' });
  });
});

describe('the wire', () => {
  it('serves no client, keeps no state, compresses nothing', async () => {
    expect((await fetch(`${server.url}/socket.io/socket.io.js`)).status).toBeGreaterThanOrEqual(400);
    const socket = await rawWebSocket(server.url);
    await authenticate(socket, alice.person.accessToken);
    expect(JSON.parse(socket.heard.find((frame) => frame.startsWith('40'))?.slice(2) ?? '')).toEqual({ sid: expect.any(String) }); // With recovery there would be a `pid`.
    expect(JSON.parse(socket.heard[0].slice(1))).toMatchObject({ maxPayload: 64 * 1024, upgrades: [] });
    socket.end();
    const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { 'accept-encoding': 'gzip, deflate, br' } });
    expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, null]);
  });

  it('takes frames of up to 64 KB and ends who sends more', async () => {
    const fill = (size: number): string => `427["x",{"a":"${'a'.repeat(size - 17)}"}]`;
    for (const open of [() => rawWebSocket(server.url), () => rawPolling(server.url)]) {
      const socket = await open();
      await authenticate(socket, alice.person.accessToken);
      await socket.send(fill(64 * 1024));
      expect(await socket.until((frame) => frame.startsWith('437['))).toContain('unknown_event');
      await socket.send(fill(64 * 1024 + 1));
      await socket.until(() => socket.closed);
      expect(socket.closed).toBe(true);
    }
  });

  it('ends connections that present no token', async () => {
    for (const open of [() => rawWebSocket(server.url), () => rawPolling(server.url)]) {
      const started = Date.now();
      const socket = await open();
      await socket.until(() => socket.closed);
      expect([socket.closed, Date.now() - started > 400, Date.now() - started < 10_000]).toEqual([true, true, true]);
    }
  });

  it('does not take a refused token for a presented one', async () => {
    const socket = await rawWebSocket(server.url);
    expect(await authenticate(socket, 'a.b.c')).toBe(false);
    await socket.until(() => socket.closed);
    expect(socket.closed).toBe(true);
  });
});

describe('the end of a token', () => {
  let brief: TestServer;
  beforeAll(async () => { brief = await startServer({ ACCESS_TTL: '5' }); });
  afterAll(() => brief.close());

  it('is announced, and ends the connection', async () => {
    const carol = await newChatter(brief, 'carol');
    const { expiresAt } = await carol.next('token_expiring');
    expect(Date.parse(expiresAt) / 1000).toBe(readClaims(carol.person.accessToken).exp);
    expect(await carol.disconnected(15_000)).toBe('io server disconnect');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt) - 100);
  });

  it('is put off by a newer token of the same session, and by no other', async () => {
    const eve = await newPerson(brief, 'eve');
    const dave = await newChatter(brief, 'dave');
    const other = await dave.person.anotherDevice();
    expect((await dave.refused('refresh_token', { accessToken: other.accessToken })).code).toBe('unauthenticated');
    expect((await dave.refused('refresh_token', { accessToken: eve.accessToken })).code).toBe('unauthenticated');
    expect((await dave.refused('refresh_token', { accessToken: 'a.b.c' })).code).toMatch(/unauthenticated|invalid_input/);
    await pause(1500);
    const { body } = await dave.person.post('/auth/refresh', { refreshToken: dave.person.refreshToken });
    const { expiresAt } = await dave.ask('refresh_token', { accessToken: body.accessToken });
    expect(Date.parse(expiresAt) / 1000).toBe(readClaims(body.accessToken as string).exp);
    await pause(readClaims(dave.person.accessToken).exp * 1000 - Date.now() + 300);
    expect(dave.socket.connected).toBe(true);
    expect(await dave.disconnected(15_000)).toBe('io server disconnect');
  });
});

/** Several nodes count those that others have told them of: each gets a moment. */
async function oneByOne<T>(times: number, work: () => Promise<T>): Promise<PromiseSettledResult<T>[]> {
  const outcomes: PromiseSettledResult<T>[] = [];
  for (let n = 0; n < times; n += 1) {
    outcomes.push(...await Promise.allSettled([work()]));
    await pause(100);
  }
  return outcomes;
}

describe('limits', () => {
  let strict: TestServer;
  beforeAll(async () => { strict = await startServer({ RATE_LIMITS: 'on' }); });
  afterAll(() => strict.close());

  it('lets a person have ten sockets, also when twenty come at once', async () => {
    const frank = await newPerson(strict, 'frank');
    const come = () => connect(strict, frank);
    const outcomes = nodeCount > 1 ? await oneByOne(20, come) : await Promise.allSettled(Array.from({ length: 20 }, come));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    const { reason } = outcomes.find((one) => one.status === 'rejected') as PromiseRejectedResult;
    expect((reason as { data: object }).data).toMatchObject({ code: 'too_many_sockets', status: 429 });
    const grace = await newChatter(strict, 'grace');
    const first = outcomes.find((one) => one.status === 'fulfilled') as PromiseFulfilledResult<Chatter>;
    first.value.leave();
    await until(() => connect(strict, frank).then(() => true, () => false));
    expect(grace.socket.connected).toBe(true);
  });

  it('lets a person send twenty messages in ten seconds and ten more', async () => {
    const [heidi, ivan] = [await newChatter(strict, 'heidi'), await newChatter(strict, 'ivan')];
    const second = await connect(strict, heidi.person);
    const acks = [];
    for (let i = 0; i < 35; i += 1) acks.push(await (i % 2 === 0 ? heidi : second).raw('new_message', { text: `message ${i}`, clientId: id() }));
    expect(acks.map(({ ok }) => ok)).toEqual(Array.from({ length: 35 }, (_, i) => i < 30));
    const refused = acks[34];
    expect(refused.ok ? undefined : refused.error).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: expect.any(Number) });
    expect((await heidi.person.post('/messages', { text: 'by the other door' })).status).toBe(429);
    expect((await ivan.ask('new_message', { text: 'I may', clientId: id() })).duplicate).toBe(false);
    expect((await heidi.ask('sync', {})).rooms).toHaveLength(1);
  });
});
