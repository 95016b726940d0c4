import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '../../src/common/counts.js';
import { newPerson, request, type Answer, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { expectProblem } from '../setup/wire.js';

let server: TestServer;
let alice: Person;

/** A server with limits, behind a proxy, so that a test can call from many addresses. */
beforeAll(async () => {
  server = await startServer({ RATE_LIMITS: 'on', TRUST_PROXY: 'on' });
  alice = await newPerson(server, 'alice');
});
afterAll(() => server.close());

let lastAddress = 0;
const newAddress = (): string => `198.51.100.${(lastAddress += 1)}`;
const login = (from: string, who: string, secret: string, at: TestServer = server) =>
  request(`${at.url}/api/v1/auth/login`, 'POST', { body: { login: who, password: secret }, headers: { 'x-forwarded-for': from } });

function expectToWait(answer: Answer, code: string, atMost: number): void {
  expect(answer.status).toBe(429);
  expectProblem(answer, code);
  const wait = answer.headers.get('retry-after') ?? '';
  expect(wait).toMatch(/^[1-9]\d*$/);
  expect(Number(wait)).toBeLessThanOrEqual(atMost);
}

describe('the address', () => {
  const servers: TestServer[] = [];
  afterEach(async () => { for (const one of servers.splice(0)) await one.close(); });

  it('is that of the connection when there is no proxy to trust', async () => {
    const direct = await startServer({ RATE_LIMITS: 'on' });
    servers.push(direct);
    for (let i = 0; i < 50; i += 1) expect((await login(`203.0.113.${i}`, `guess${i}`, 'wrong', direct)).status).toBe(401);
    expectToWait(await login('203.0.113.200', 'someone-else', 'wrong', direct), 'too_many_failures', 900);
    const grace = await newPerson(direct, 'grace');
    expect((await grace.get('/auth/sessions')).body.sessions[0].ip).toBe('127.0.0.1');
  });

  it('is the one that the nearest proxy saw, not one that the caller wrote before it', async () => {
    const here = newAddress();
    for (let i = 0; i < 50; i += 1) expect((await login(`203.0.113.${i}, ${here}`, `invent${i}`, 'wrong')).status).toBe(401);
    expectToWait(await login(`203.0.113.200, ${here}`, 'someone-else', 'wrong'), 'too_many_failures', 900);
  });
});

describe('requests', () => {
  const standing = ({ headers }: Answer) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];

  it('tell where the caller stands', async () => {
    const henry = await newPerson(server, 'henry');
    expect(standing(await henry.get('/users/me'))).toEqual(['"read";q=1200;w=60', expect.stringMatching(/^"read";r=1199;t=60$/)]);
    expect(standing(await henry.get('/users/me'))[1]).toMatch(/^"read";r=1198;t=\d+$/);
    expect(standing(await henry.patch('/users/me', {}))[0]).toBe('"write";q=300;w=60');
    expect(standing(await henry.get('/users?query=a'))[0]).toBe('"search";q=120;w=60');
  });

  it('that send a message are counted as messages, once, also when they are no message', async () => {
    const judy = await newPerson(server, 'judy');
    const { body: room } = await judy.post('/rooms', { name: 'Judy', kind: 'private' });
    const left = async (path: string, body: object) => standing(await judy.post(path, body));
    expect(await left(`/rooms/${room.id}/messages`, { text: 'one' })).toEqual(['"messages";q=20;w=10', expect.stringMatching(/^"messages";r=19;t=\d+$/)]);
    expect((await left('/messages', { roomId: room.id, text: 'two' }))[1]).toMatch(/^"messages";r=18;/);
    expect((await left('/messages', { roomId: room.id }))[1]).toMatch(/^"messages";r=17;/);
    expect(await left('/rooms', { name: 'Another', kind: 'private' })).toEqual(['"write";q=300;w=60', expect.stringMatching(/^"write";r=298;/)]);
  });

  it('over the limit are refused, for this person and this class only', async () => {
    const ivan = await newPerson(server, 'ivan');
    const { points } = limits.search;
    const answers = await Promise.all(Array.from({ length: points }, () => ivan.get('/users?limit=1')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await ivan.get('/users?limit=1');
    expectToWait(refused, 'rate_limited', 60);
    expect(standing(refused)).toEqual([`"search";q=${points};w=60`, expect.stringMatching(/^"search";r=0;t=\d+$/)]);
    expect([(await ivan.get('/users/me')).status, (await alice.get('/users?limit=1')).status]).toEqual([200, 200]);
    expect((await (await ivan.anotherDevice()).get('/users?limit=1')).status).toBe(429);
  });

  it('of anonymous callers are counted by address', async () => {
    const refresh = (from: string) => request(`${server.url}/api/v1/auth/refresh`, 'POST', { body: { refreshToken: 'x' }, headers: { 'x-forwarded-for': from } });
    const here = newAddress();
    await Promise.all(Array.from({ length: limits.sign_in.points }, () => refresh(here)));
    expectToWait(await refresh(here), 'rate_limited', 60);
    expect((await refresh(newAddress())).status).toBe(401);
  });

  it('of probes and scrapers are never refused', async () => {
    const answers: Answer[] = [];
    // Not all at once: a slow machine's queue of new connections would overflow.
    for (let n = 0; n < 13; n += 1) answers.push(...await Promise.all(Array.from({ length: 100 }, () => request(`${server.url}/health/live`, 'GET'))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers[0]?.headers.get('ratelimit')).toBeNull();
  });
});
