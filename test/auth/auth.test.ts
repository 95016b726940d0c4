import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionList, SignedIn, Tokens } from '../../src/contract/auth.dto.js';
import { anonymous, isRefused, newPerson, password, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let nobody: Person;
let admin: Person;

beforeAll(async () => {
  server = await startServer();
  nobody = anonymous(server);
  admin = await newPerson(server, 'admin');
});
afterAll(() => server.close());

describe('registering', () => {
  it('makes the first user the admin and nobody after', async () => {
    const alice = await newPerson(server, 'alice');
    expect([admin.user.role, alice.user.role]).toEqual(['admin', 'user']);
  });

  it('answers with the user and tokens that work', async () => {
    const { status, body } = await nobody.post<SignedIn>('/auth/register', { name: 'Bob Baker', email: 'Bob@example.org', password });
    expect(status).toBe(201);
    expect(body).toEqual({ accessToken: expect.any(String), refreshToken: expect.any(String), expiresIn: 900, deviceToken: expect.any(String), user: expect.objectContaining({ name: 'Bob Baker', username: 'bob', email: 'Bob@example.org' }) });
    const bob = anonymous(server).accept(body);
    expect((await bob.get('/users/me')).body).toMatchObject({ id: body.user.id, presence: { online: true } });
  });

  it.each([
    ['the same e-mail address in another case', { email: 'ADMIN@Example.org', username: 'someoneelse' }, 'email_taken'],
    ['the same username in another case', { email: 'else@example.org', username: 'ADMIN' }, 'username_taken'],
    ['the same username in wide letters', { email: 'else@example.org', username: 'ａｄｍｉｎ' }, 'username_taken'],
  ])('refuses %s', async (_, change, code) => {
    const answer = await nobody.post('/auth/register', { name: 'Someone', password, ...change });
    expect([answer.status, answer.body.code]).toEqual([409, code]);
  });

  it('lets one of many simultaneous registrations with one address win', async () => {
    const body = { name: 'Carol', email: 'carol@example.org', password };
    const answers = await Promise.all(Array.from({ length: 8 }, () => nobody.post('/auth/register', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
  });

  it('makes one admin when many register first at once', async () => {
    const fresh = await startServer();
    const people = await Promise.all(Array.from({ length: 6 }, (_, i) => newPerson(fresh, `first${i}`)));
    expect(people.filter(({ user }) => user.role === 'admin')).toHaveLength(1);
    await fresh.close();
  });

  it.each([
    ['a common password', 'password123'],
    ['the own name', 'Dave Dooley'],
    ['the own username with digits', 'davedooley99'],
    ['the own address', 'davy@example.org'],
    ['one repeated letter', 'zzzzzzzzzzzz'],
  ])('refuses %s as password', async (_, weak) => {
    const answer = await nobody.post('/auth/register', { name: 'Dave Dooley', email: 'davy@example.org', username: 'davedooley', password: weak });
    expect([answer.status, answer.body.code]).toEqual([422, 'password_too_common']);
  });

  it('takes a password of 128 characters of any kind and never truncates it', async () => {
    const long = '\u{1F600}'.repeat(100) + ' passphrase with spaces end ';
    const who = { name: 'Long', email: 'long@example.org', password: long };
    expect((await nobody.post('/auth/register', who)).status).toBe(201);
    expect((await nobody.post('/auth/login', { login: who.email, password: long })).status).toBe(200);
    expect((await nobody.post('/auth/login', { login: who.email, password: long.slice(0, -1) })).status).toBe(401);
    expect((await nobody.post('/auth/register', { ...who, email: 'longer@example.org', password: `${long}x` })).status).toBe(422);
  });

  it('tells one entry for each field that is wrong', async () => {
    const { status, headers, body } = await nobody.post('/auth/register', { name: '', email: 'no', password: 'short', role: 'admin' });
    expect([status, headers.get('content-type')]).toEqual([422, 'application/problem+json; charset=utf-8']);
    expect(body.errors).toEqual([
      { field: 'role', code: 'unknown_field', message: 'role is not a field of this request' },
      { field: 'name', code: 'too_short', message: 'name is too short' },
      { field: 'email', code: 'bad_format', message: 'email has the wrong form' },
      { field: 'password', code: 'too_short', message: 'password is too short' },
    ]);
  });
});

describe('logging in', () => {
  it.each(['admin', 'ADMIN', 'admin@example.org', 'Admin@Example.Org'])('takes %s', async (login) => {
    expect((await nobody.post('/auth/login', { login, password })).status).toBe(200);
  });

  it('gives one answer to every failure', async () => {
    const wrong = await nobody.post('/auth/login', { login: 'admin', password: 'not the password' });
    const unknown = await nobody.post('/auth/login', { login: 'nobody-here', password });
    expect([wrong.status, { ...wrong.body, requestId: '' }]).toEqual([401, { ...unknown.body, requestId: '' }]);
  });
});

describe('refreshing', () => {
  const refresh = (refreshToken: string) => nobody.post<Tokens>('/auth/refresh', { refreshToken });

  it('rotates, and ends the session when an old token comes back', async () => {
    const device = await admin.anotherDevice();
    const first = device.refreshToken;
    const second = (await refresh(first)).body;
    const third = (await refresh(second.refreshToken ?? '')).body;
    const reused = await nobody.post('/auth/refresh', { refreshToken: first });
    expect([reused.status, reused.body.code]).toEqual([401, 'refresh_reused']);
    device.accessToken = third.accessToken;
    expect(await isRefused(device)).toBe(true);
    expect((await refresh(third.refreshToken ?? '')).status).toBe(401);
  });

  it('gives the same pair again to those who lost the answer', async () => {
    const device = await admin.anotherDevice();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(device.refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await refresh(answers[0]?.body.refreshToken ?? '')).status).toBe(200);
  });

  it('takes a late second use for theft', async () => {
    const device = await admin.anotherDevice();
    await refresh(device.refreshToken);
    await server.db.query(`UPDATE sessions SET rotated_at = rotated_at - interval '11 seconds'`);
    expect((await nobody.post('/auth/refresh', { refreshToken: device.refreshToken })).body.code).toBe('refresh_reused');
  });

  it('takes a second use for theft when the first was on a clock that was ahead', async () => {
    const device = await admin.anotherDevice();
    await refresh(device.refreshToken);
    await server.db.query(`UPDATE sessions SET rotated_at = rotated_at + interval '1 day'`);
    expect((await nobody.post('/auth/refresh', { refreshToken: device.refreshToken })).body.code).toBe('refresh_reused');
  });

  it.each(['', 'x', 'A'.repeat(86), '!'.repeat(86), 'a'.repeat(200)])('refuses a made-up token (%#)', async (made) => {
    expect((await refresh(made)).status).toBeGreaterThanOrEqual(401);
    expect((await refresh(made)).status).toBeLessThan(423);
  });

  it('does not let a made-up token end somebody\'s session', async () => {
    const device = await admin.anotherDevice();
    const forged = Buffer.from(device.refreshToken, 'base64url').fill(7, 16);
    expect((await nobody.post('/auth/refresh', { refreshToken: forged.toString('base64url') })).body.code).toBe('invalid_refresh_token');
    expect((await device.get('/users/me')).status).toBe(200);
  });

  it('ends with the idle time and with the absolute time', async () => {
    const device = await admin.anotherDevice();
    const [row] = await server.db.query<{ days: number }>(
      `SELECT extract(epoch FROM expires_at - now()) / 86400 AS days FROM sessions ORDER BY created_at DESC LIMIT 1`);
    expect(Math.round(Number(row?.days))).toBe(14);
    await server.db.query(`UPDATE sessions SET created_at = now() - interval '80 days'`);
    const { body } = await refresh(device.refreshToken);
    const [capped] = await server.db.query<{ days: number }>(
      `SELECT extract(epoch FROM max(expires_at) - now()) / 86400 AS days FROM sessions WHERE created_at < now() - interval '79 days' AND rotated_at > created_at + interval '1 day'`);
    expect(Math.round(Number(capped?.days))).toBeLessThanOrEqual(14);
    await server.db.query(`UPDATE sessions SET expires_at = now() - interval '1 second'`);
    expect((await refresh(body.refreshToken ?? '')).body).toMatchObject({ code: 'invalid_refresh_token' });
    admin.accept((await nobody.post<SignedIn>('/auth/login', { login: 'admin', password })).body);
  });
});

describe('sessions', () => {
  it('refuses an access token at once after logout', async () => {
    const device = await admin.anotherDevice();
    expect((await device.get('/users/me')).status).toBe(200);
    expect((await device.post('/auth/logout')).status).toBe(204);
    expect(await isRefused(device)).toBe(true);
    const after = await device.get('/users/me');
    expect([after.status, after.body.code, after.headers.get('www-authenticate')]).toEqual([401, 'unauthenticated', 'Bearer realm="verbatim"']);
    expect((await nobody.post('/auth/refresh', { refreshToken: device.refreshToken })).status).toBe(401);
    expect((await admin.get('/users/me')).status).toBe(200);
  });

  it('ends all of them at once', async () => {
    const erin = await newPerson(server, 'erin');
    const phone = await erin.anotherDevice();
    expect((await phone.post('/auth/logout-all')).status).toBe(204);
    expect([await isRefused(erin), await isRefused(phone)]).toEqual([true, true]);
  });

  it('lists my devices and ends one of them, but nobody else\'s', async () => {
    const frank = await newPerson(server, 'frank');
    const phone = await frank.anotherDevice();
    const { body } = await frank.get<SessionList>('/auth/sessions');
    expect(body.sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    const other = body.sessions.find(({ current }) => !current)?.id ?? '';
    expect((await admin.delete(`/auth/sessions/${other}`)).status).toBe(404);
    expect((await frank.delete(`/auth/sessions/${other}`)).status).toBe(204);
    expect([await isRefused(phone), (await frank.get('/users/me')).status]).toEqual([true, 200]);
  });

  it('lists the device first that asks, as used just now', async () => {
    const grace = await newPerson(server, 'grace');
    const phone = await grace.anotherDevice();
    await server.db.query(`UPDATE sessions SET last_used_at = now() - interval '1 day' WHERE user_id = $1`, [grace.user.id]);
    const asked = Date.now();
    for (const device of [phone, grace]) {
      const { body: { sessions } } = await device.get<SessionList>('/auth/sessions');
      expect(sessions.map(({ current }) => current)).toEqual([true, false]);
      expect(Date.parse(sessions[0].lastUsedAt)).toBeGreaterThanOrEqual(asked - 1000);
    }
  });

  it('ends every other session when the password changes', async () => {
    const heidi = await newPerson(server, 'heidi');
    const phone = await heidi.anotherDevice();
    expect((await heidi.post('/auth/password', { current: 'wrong', next: 'an entirely new one' })).body.code).toBe('wrong_password');
    expect((await heidi.post('/auth/password', { current: password, next: 'Heidi 2026' })).body.code).toBe('password_too_common');
    expect((await heidi.post('/auth/password', { current: password, next: 'an entirely new one' })).status).toBe(204);
    expect([await isRefused(phone), (await heidi.get('/users/me')).status]).toEqual([true, 200]);
    expect((await nobody.post('/auth/login', { login: 'heidi', password })).status).toBe(401);
    expect((await nobody.post('/auth/login', { login: 'heidi', password: 'an entirely new one' })).status).toBe(200);
  });
});
