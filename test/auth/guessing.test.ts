import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStore, StoredSession, VerbatimClient } from '../../client/src/index.js';
import type { SignedIn } from '../../src/contract/auth.dto.js';
import { newPerson, password, request, type Answer } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { expectProblem } from '../setup/wire.js';

let server: TestServer;

/** A server with limits, behind a proxy, so that a test can call from many addresses. */
beforeAll(async () => { server = await startServer({ RATE_LIMITS: 'on', TRUST_PROXY: 'on' }); });
afterAll(() => server.close());

let lastAddress = 0;
const newAddress = (): string => `198.51.${Math.floor((lastAddress += 1) / 250)}.${lastAddress % 250}`;

interface From {
  from?: string;
  cookie?: string;
}

function login(who: string, secret: string, { from = newAddress(), cookie }: From = {}, more: object = {}): Promise<Answer<SignedIn & { code: string }>> {
  const headers = { 'x-forwarded-for': from, ...(cookie === undefined ? {} : { cookie }) };
  return request(`${server.url}/api/v1/auth/login`, 'POST', { body: { login: who, password: secret, ...more }, headers });
}

/** What this many wrong passwords are answered with, one after the other. */
async function guess(times: number, who: string, from?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i += 1) statuses.push((await login(who, `wrong ${i}`, { from })).status);
  return statuses;
}

const times = (n: number, status: number): number[] => Array.from({ length: n }, () => status);

function expectToWait(answer: Answer): void {
  expect(answer.status).toBe(429);
  expectProblem(answer, 'too_many_failures');
  const wait = Number(answer.headers.get('retry-after'));
  expect([wait >= 1, wait <= 900]).toEqual([true, true]);
}

const deviceCookie = (answer: Answer): string => answer.headers.getSetCookie().find((line) => line.startsWith('verbatim_device=')) ?? '';
const sent = (line: string): string => line.split(';')[0] ?? '';

describe('guesses at one account', () => {
  it('are ten in 15 minutes, however many addresses they come from', async () => {
    const alice = await newPerson(server, 'alice');
    expect(await guess(12, 'alice')).toEqual([...times(10, 401), 429, 429]);
    expectToWait(await login('alice', password));
    expect((await alice.get('/users/me')).status).toBe(200);
  });

  it('are ten when a hundred come at the same moment', async () => {
    await newPerson(server, 'bob');
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => login('bob', i === 60 ? password : `wrong ${i}`)));
    expect(answers.map(({ status }) => status).filter((status) => status === 401)).toHaveLength(10);
    expect(answers.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(90);
  });

  it('count alike in every spelling of the username, and in every spelling of the address', async () => {
    await newPerson(server, 'carol');
    for (const [name, again] of [['carol', 'ＣＡＲＯＬ'], ['carol@example.org', 'Carol@Example.ORG']] as const) {
      await guess(5, name);
      await guess(5, again);
      for (const login_ of [name, again]) expectToWait(await login(login_, password));
    }
  });

  it('do not reveal that a username and an e-mail address are one account', async () => {
    await newPerson(server, 'dave');
    await newPerson(server, 'other');
    await guess(11, 'dave');
    const [own, others, nobodys] = [await guess(12, 'dave@example.org'), await guess(12, 'other@example.org'), await guess(12, 'nobody@example.org')];
    expect(own).toEqual([...times(10, 401), 429, 429]);
    expect([others, nobodys]).toEqual([own, own]);
  });

  it('are as many at an account that does not exist', async () => {
    expect(await guess(11, 'nobody-of-that-name')).toEqual([...times(10, 401), 429]);
  });

  it('are fifty from one address, whatever the account', async () => {
    const from = newAddress();
    await newPerson(server, 'erin');
    for (let i = 0; i < 50; i += 1) expect((await login(`guess${i}`, 'wrong', { from })).status).toBe(401);
    expectToWait(await login('erin', password, { from }));
    expect((await login('erin', password)).status).toBe(200);
  });

  it('are fifty from all addresses of an IPv6 network together', async () => {
    for (let i = 0; i < 50; i += 1) expect((await login(`guess6-${i}`, 'wrong', { from: `2001:db8:0:7:${i}::${i}` })).status).toBe(401);
    expectToWait(await login('erin', password, { from: '2001:db8:0:7:ffff:ffff:ffff:ffff' }));
    expect((await login('erin', password, { from: '2001:db8:0:8::1' })).status).toBe(200);
  });

  it('count when a stolen access token is used to guess the password', async () => {
    const frank = await newPerson(server, 'frank');
    for (let i = 0; i < 10; i += 1) expect((await frank.post('/auth/password', { current: `wrong ${i}`, next: 'an entirely new one' })).status).toBe(403);
    expectToWait(await frank.post('/auth/password', { current: password, next: 'an entirely new one' }));
  });
});

describe('while others guess, the owner', () => {
  it('gets in with a program that kept the device token, from the address of the attack too', async () => {
    await newPerson(server, 'grace');
    const { deviceToken } = (await login('grace', password)).body;
    const from = newAddress();
    await guess(11, 'grace', from);
    expectToWait(await login('grace', password, { from }));
    expect((await login('grace', password, { from }, { deviceToken })).status).toBe(200);
    expect((await login('grace@example.org', password, {}, { deviceToken })).status).toBe(200);
  });

  it('gets in with a browser that they share with somebody else', async () => {
    await newPerson(server, 'heidi');
    await newPerson(server, 'ivan');
    const heidis = deviceCookie(await login('heidi', password, {}, { delivery: 'cookie' }));
    expect(heidis).toMatch(/^verbatim_device=[\w.-]+; Max-Age=31536000; Path=\/api\/v1\/auth; HttpOnly; SameSite=Strict$/);
    const answer = await login('ivan', password, { cookie: sent(heidis) }, { delivery: 'cookie' });
    expect(answer.body.deviceToken).toBeUndefined();
    const both = sent(deviceCookie(answer));
    for (const name of ['heidi', 'ivan']) {
      await guess(11, name);
      expectToWait(await login(name, password));
      expect((await login(name, password, { cookie: both })).status).toBe(200);
    }
  });

  it('gets in with the typed client, after signing out', async () => {
    await newPerson(server, 'judy');
    const session = new StoredSession(new MemoryStore());
    const chat = new VerbatimClient({ url: server.url, session });
    await chat.login({ login: 'judy', password });
    await chat.logout();
    await guess(11, 'judy');
    await expect(new VerbatimClient({ url: server.url }).login({ login: 'judy', password })).rejects.toMatchObject({ code: 'too_many_failures' });
    expect((await chat.login({ login: 'judy', password })).username).toBe('judy');
  });
});

describe('a device token', () => {
  it('allows ten failures of its own, and is then worth nothing for a while', async () => {
    await newPerson(server, 'kim');
    const { deviceToken } = (await login('kim', password)).body;
    await guess(11, 'kim');
    for (let i = 0; i < 10; i += 1) expect((await login('kim', `wrong ${i}`, {}, { deviceToken })).status).toBe(401);
    expectToWait(await login('kim', password, {}, { deviceToken }));
  });

  it('forgets its failures at the right password', async () => {
    await newPerson(server, 'leo');
    const { deviceToken } = (await login('leo', password)).body;
    for (let i = 0; i < 9; i += 1) await login('leo', 'wrong', {}, { deviceToken });
    expect((await login('leo', password, {}, { deviceToken })).status).toBe(200);
    await guess(11, 'leo');
    for (let i = 0; i < 9; i += 1) expect((await login('leo', 'wrong', {}, { deviceToken })).status).toBe(401);
  });

  it('is worth nothing for another account, altered, or as an access token; and no access token is one', async () => {
    const mallory = await newPerson(server, 'mallory');
    const nina = await newPerson(server, 'nina');
    const { deviceToken = '' } = (await login('mallory', password)).body;
    await guess(11, 'nina');
    for (const forged of [deviceToken, `${deviceToken.slice(0, -3)}AAA`, nina.accessToken, mallory.accessToken]) {
      expectToWait(await login('nina', password, {}, { deviceToken: forged }));
    }
    mallory.accessToken = deviceToken;
    expect((await mallory.get('/users/me')).status).toBe(401);
  });
});
