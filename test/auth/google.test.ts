import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import type { ErrorCode } from '../../src/contract/errors.js';
import type { SignedIn } from '../../src/contract/auth.dto.js';
import type { OwnUser } from '../../src/contract/user.dto.js';
import { SessionsService } from '../../src/auth/sessions.service.js';
import { Browser } from '../setup/browser.js';
import { clientSecret, startServerAndProvider, type Claims, type TestProvider } from '../setup/google.js';
import { loggedDuring } from '../setup/logged.js';
import { anonymous, newPerson, password, type Person } from '../setup/people.js';
import type { TestServer } from '../setup/server.js';

let server: TestServer;
let provider: TestProvider;
let nobody: Person;
let admin: Person;

beforeAll(async () => {
  ({ server, provider } = await startServerAndProvider());
  nobody = anonymous(server);
  admin = await newPerson(server, 'admin');
});
afterAll(async () => {
  await server.close();
  await provider.stop();
});

const startUrl = (query = '') => `${server.config.PUBLIC_URL}/api/v1/auth/google${query}`;
const isEnd = (next: URL) => next.pathname === '/sign-in';
const isCallback = (next: URL) => next.pathname.endsWith('/google/callback');

/** Goes to the provider as somebody, and stops before the provider's answer is brought back. */
async function upToTheAnswer(browser: Browser, who: string, change: { query?: string; ask?: Record<string, string> } = {}): Promise<URL> {
  const toProvider = new URL((await browser.request(startUrl(change.query))).headers.get('location') ?? '');
  for (const [key, value] of Object.entries({ login_hint: who, ...change.ask })) toProvider.searchParams.set(key, value);
  return await browser.follow(toProvider.href, isCallback);
}

/** The whole way of a browser, from our address back to our page. */
async function wholeWay(who: string, claims?: Claims, query?: string): Promise<{ browser: Browser; end: URL; code: string; error: string | null }> {
  if (claims !== undefined) await provider.knows(who, claims);
  const browser = new Browser();
  const end = await browser.follow((await upToTheAnswer(browser, who, { query })).href, isEnd);
  return { browser, end, code: end.searchParams.get('code') ?? '', error: end.searchParams.get('error') };
}

const exchange = (code: string, more: object = {}) => nobody.post<SignedIn & { code: ErrorCode }>('/auth/exchange', { code, ...more });

/** Somebody who has signed in through the provider. */
async function signInAs(who: string, claims?: Claims): Promise<Person> {
  const { code } = await wholeWay(who, claims);
  const { status, body } = await exchange(code);
  expect(status).toBe(200);
  return anonymous(server).accept(body);
}

const verified = (name: string): Claims => ({ email: `${name}@example.org`, email_verified: true, name });

describe('the way of a browser', () => {
  it('says that it is offered', async () => {
    expect((await nobody.get('/auth/providers')).body).toEqual({ google: true, awaitsAdmin: false });
  });

  it('makes a new user and ends in our tokens', async () => {
    const claims = { email: 'Ann.Lee@example.org', email_verified: true, name: ' Ann\u0007\nLee\u200b\u202e ', picture: 'https://example.org/ann.png' };
    const ann = await signInAs('ann', claims);
    const { body } = await ann.get<OwnUser>('/users/me');
    expect(body).toMatchObject({ email: 'Ann.Lee@example.org', name: 'Ann Lee', username: 'ann.lee', avatarUrl: 'https://example.org/ann.png', role: 'user', hasPassword: false });
    expect((await ann.post('/auth/refresh', { refreshToken: ann.refreshToken })).status).toBe(200);
  });

  it('finds the same user again, also when the address and the name have changed', async () => {
    const before = await signInAs('ben', verified('ben'));
    const after = await signInAs('ben', { email: 'benjamin@example.com', email_verified: true, name: 'Benjamin' });
    expect(after.user).toMatchObject({ id: before.user.id, email: 'ben@example.org' });
  });

  it.each([
    ['a name of nothing but invisible signs', { name: '\u200b\u2800\u0000' }, 'cleo1'],
    ['no name', { name: undefined }, 'cleo2'],
  ])('takes the address where there is %s', async (_, claims, who) => {
    expect((await signInAs(who, { ...verified(who), ...claims })).user.name).toBe(who);
  });

  it('takes 100 characters of a longer name, and no picture that is not https', async () => {
    const { user } = await signInAs('dora', { ...verified('dora'), name: '\u{1F600}'.repeat(300), picture: 'javascript:alert(1)' });
    expect([user.name, user.avatarUrl]).toEqual(['\u{1F600}'.repeat(100), null]);
  });

  it('keeps the sign-in in a cookie for the callback alone, and puts no token or secret into an address', async () => {
    const { browser, end } = await wholeWay('eve', verified('eve'));
    expect(browser.wasGiven[0]).toMatch(/^verbatim_sign_in=[\w.-]+; Max-Age=600; Path=\/api\/v1\/auth\/google\/callback; HttpOnly; SameSite=Lax$/);
    expect(browser.cookies.some(({ name }) => name === 'verbatim_sign_in')).toBe(false);
    expect(end.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=[\w-]{43}$/);
    for (const location of browser.went) {
      expect(location).not.toMatch(/eyJ|token=|secret|verifier/i);
      expect(location).not.toContain(clientSecret);
    }
  });

  it('can put the refresh token into a cookie', async () => {
    const answer = await exchange((await wholeWay('eve')).code, { delivery: 'cookie' });
    expect([answer.status, answer.body.refreshToken, answer.headers.get('set-cookie')]).toEqual([200, undefined, expect.stringContaining('verbatim_refresh=')]);
  });

  it('makes one user of many first sign-ins at once', async () => {
    await provider.knows('fay', verified('fay'));
    const ways = await Promise.all(Array.from({ length: 6 }, () => wholeWay('fay')));
    const answers = await Promise.all(ways.map(({ code }) => exchange(code)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1);
  });

  it('turns a disabled user away', async () => {
    const gus = await signInAs('gus', verified('gus'));
    const { code } = await wholeWay('gus');
    await admin.put(`/users/${gus.user.id}/disabled`, { disabled: true });
    expect([(await wholeWay('gus')).error, (await exchange(code)).body.code]).toEqual(['account_disabled', 'account_disabled']);
  });

  it('writes no token, code or secret into the log', async () => {
    const secrets: string[] = [clientSecret, 'secret-looking'];
    const log = await loggedDuring('debug', async () => {
      const { code, browser } = await wholeWay('hal', verified('hal'));
      const { body } = await exchange(code);
      await wholeWay('deny');
      const answer = new URL(browser.went.find((location) => location.includes('/google/callback')) ?? '');
      secrets.push(code, body.accessToken, body.refreshToken ?? '', answer.searchParams.get('code') ?? '', answer.searchParams.get('state') ?? '');
    });
    expect(log).toContain('signed in');
    expect(log).toContain('access_denied');
    for (const secret of secrets) expect(log).not.toContain(secret);
  });
});

describe('the answer of the provider', () => {
  const fails = async (browser: Browser, answer: URL) => (await browser.follow(answer.href, isEnd)).search;
  beforeAll(() => provider.knows('ida', verified('ida')));

  it('may be no', async () => {
    const { browser, error } = await wholeWay('deny');
    expect([error, browser.cookies.some(({ name }) => name === 'verbatim_sign_in')]).toEqual(['sign_in_failed', false]);
  });

  it('is refused to a browser without our cookie', async () => {
    const answer = await upToTheAnswer(new Browser(), 'ida');
    expect(await fails(new Browser(), answer)).toBe('?error=sign_in_failed');
  });

  it('is refused with another state, which does not disturb the right answer', async () => {
    const browser = new Browser();
    const answer = await upToTheAnswer(browser, 'ida');
    const wrong = new URL(answer);
    wrong.searchParams.set('state', randomBytes(32).toString('base64url'));
    expect(await fails(browser, wrong)).toBe('?error=sign_in_failed');
    wrong.searchParams.delete('state');
    expect(await fails(browser, wrong)).toBe('?error=sign_in_failed');
    expect(await fails(browser, answer)).toMatch(/^\?code=/);
  });

  it.each([
    ['altered', (value: string) => value.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'))],
    ['cut', (value: string) => value.slice(0, -20)],
    ['of another form', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['empty', () => ''],
  ])('is refused with a cookie that is %s', async (_, change) => {
    const browser = new Browser();
    const answer = await upToTheAnswer(browser, 'ida');
    for (const cookie of browser.cookies) if (cookie.name === 'verbatim_sign_in') cookie.value = change(cookie.value);
    expect(await fails(browser, answer)).toBe('?error=sign_in_failed');
  });

  it('is refused with the cookie of another sign-in', async () => {
    const [one, other] = [new Browser(), new Browser()];
    const [answer] = [await upToTheAnswer(one, 'ida'), await upToTheAnswer(other, 'ida')];
    expect(await fails(other, answer)).toBe('?error=sign_in_failed');
  });

  it.each([
    ['nonce', { nonce: 'another-nonce' }],
    ['code challenge', { code_challenge: createHash('sha256').update('another verifier').digest('base64url') }],
  ])('is refused when it was given for another %s', async (_, ask) => {
    const browser = new Browser();
    expect(await fails(browser, await upToTheAnswer(browser, 'ida', { ask }))).toBe('?error=sign_in_failed');
  });

  it('is refused a second time, even with the cookie brought back', async () => {
    const browser = new Browser();
    const answer = await upToTheAnswer(browser, 'ida');
    const kept = [...browser.cookies];
    expect(await fails(browser, answer)).toMatch(/^\?code=/);
    expect(await fails(browser, answer)).toBe('?error=sign_in_failed');
    browser.cookies = kept;
    expect(await fails(browser, answer)).toBe('?error=sign_in_failed');
  });

  it('is refused with a code that the provider did not make', async () => {
    const browser = new Browser();
    const answer = await upToTheAnswer(browser, 'ida');
    answer.searchParams.set('code', 'made-up');
    expect(await fails(browser, answer)).toBe('?error=sign_in_failed');
  });
});

describe('the code', () => {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  beforeAll(() => provider.knows('kim', verified('kim')));

  it('works once, also when many try at once', async () => {
    const { code } = await wholeWay('kim');
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400, 400, 400]);
    expect((await exchange(code)).body.code).toBe('invalid_code');
  });

  it('is stored as a hash and works for a minute', async () => {
    const { code } = await wholeWay('kim');
    const codes = await server.db.query<{ code_hash: Buffer; seconds: number }>(`SELECT code_hash, extract(epoch FROM expires_at - now())::float8 AS seconds FROM sign_in_codes`);
    const mine = codes.find(({ code_hash }) => code_hash.equals(createHash('sha256').update(code).digest()));
    expect(Math.round((mine?.seconds ?? 0) / 10)).toBe(6);
    await server.db.query(`UPDATE sign_in_codes SET expires_at = now() - interval '1 millisecond'`);
    expect((await exchange(code)).body.code).toBe('invalid_code');
  });

  it('is swept away when nobody came for it', async () => {
    await wholeWay('kim');
    await server.db.query(`UPDATE sign_in_codes SET expires_at = now() - interval '1 second'`);
    await server.app.get(SessionsService).onApplicationShutdown();
    expect(await server.db.query('SELECT FROM sign_in_codes')).toEqual([]);
  });

  it('is for the one who keeps the secret', async () => {
    const { code } = await wholeWay('kim', undefined, `?challenge=${challenge}`);
    expect((await exchange(code, { verifier })).status).toBe(200);
  });

  it.each([
    ['another secret', { verifier: 'x'.repeat(43) }],
    ['none', {}],
    ['the hash instead', { verifier: challenge }],
  ])('is used up by %s', async (_, more) => {
    const { code } = await wholeWay('kim', undefined, `?challenge=${challenge}`);
    const wrong = await exchange(code, more);
    expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid_code']);
    expect((await exchange(code, { verifier })).body.code).toBe('invalid_code');
  });

  it('is refused to who expects protection that the sign-in was begun without', async () => {
    expect((await exchange((await wholeWay('kim')).code, { verifier })).body.code).toBe('invalid_code');
  });

  it.each(['', 'short', 'a'.repeat(43), 'ä'.repeat(43), { a: 1 }])('is not guessed (%#)', async (code) => {
    expect([400, 422]).toContain((await exchange(code as string)).status);
  });

  it.each(['short', 'a'.repeat(42), '!'.repeat(43)])('does not begin with a bad challenge: %s', async (bad) => {
    expect((await nobody.get(`/auth/google?challenge=${encodeURIComponent(bad)}`)).status).toBe(422);
  });
});

describe('an address that is there already', () => {
  it('is refused to somebody who has not proved it', async () => {
    const lea = await newPerson(server, 'lea');
    expect((await wholeWay('lea-stranger', { email: 'Lea@example.org', email_verified: false })).error).toBe('email_taken');
    expect([(await lea.get('/users/me')).status, (await lea.post('/auth/login', { login: 'lea', password })).status]).toEqual([200, 200]);
  });

  it('opens the account to who has proved it, and shuts out whoever sat there before', async () => {
    const squatter = await newPerson(server, 'mia');
    const phone = await squatter.anotherDevice();
    const mia = await signInAs('mia', { email: 'MIA@example.org', email_verified: true, name: 'The real one' });
    expect(mia.user).toMatchObject({ id: squatter.user.id, hasPassword: false, email: 'mia@example.org' });
    expect([(await squatter.get('/users/me')).status, (await phone.get('/users/me')).status]).toEqual([401, 401]);
    expect((await nobody.post('/auth/login', { login: 'mia@example.org', password })).body.code).toBe('invalid_credentials');
    expect((await nobody.post('/auth/refresh', { refreshToken: phone.refreshToken })).status).toBe(401);
    expect((await mia.get('/users/me')).status).toBe(200);
  });

  it('ends no session at the second sign-in, and lets the owner set a password of their own', async () => {
    const first = await signInAs('mia');
    await signInAs('mia');
    expect((await first.post('/auth/password', { next: 'an entirely new one' })).status).toBe(204);
    const again = await signInAs('mia');
    expect([again.user.hasPassword, (await first.get('/users/me')).status]).toEqual([true, 200]);
  });

  it('takes a first password only from who signed in, or confirmed it, within ten minutes', async () => {
    const una = await signInAs('una', verified('una'));
    const stale = () => server.db.query(`UPDATE sessions SET created_at = created_at - interval '11 minutes', confirmed_at = confirmed_at - interval '11 minutes'`);
    const setPassword = () => una.post<{ code: string }>('/auth/password', { next: 'an entirely new one' });
    const refused = async () => { expect([(await setPassword()).status, (await una.get('/users/me')).body.hasPassword]).toEqual([403, false]); };
    await stale();
    expect((await setPassword()).body.code).toBe('reauthentication_required');
    const others = (await wholeWay('una-else', verified('una-else'))).code;
    for (const code of [others, 'a'.repeat(43)]) expect((await una.post('/auth/confirm', { code })).body.code).toBe('invalid_code');
    await refused();
    expect((await una.post('/auth/confirm', { code: (await wholeWay('una')).code })).status).toBe(204);
    await stale();
    await refused();
    const { code } = await wholeWay('una');
    expect((await una.post('/auth/confirm', { code })).status).toBe(204);
    expect((await nobody.post('/auth/exchange', { code })).status).toBe(400);
    expect((await setPassword()).status).toBe(204);
  });

  it('is not given to a second person at the same provider, not even when they prove it', async () => {
    const nia = await signInAs('nia', verified('nia'));
    expect((await wholeWay('nia-successor', verified('nia'))).error).toBe('email_taken');
    expect((await nia.get('/users/me')).status).toBe(200);
  });

  it('of a disabled user stays closed and as it was', async () => {
    const oli = await newPerson(server, 'oli');
    await admin.put(`/users/${oli.user.id}/disabled`, { disabled: true });
    expect((await wholeWay('oli', verified('oli'))).error).toBe('account_disabled');
    expect(await server.db.query(`SELECT FROM identities WHERE subject = 'oli'`)).toEqual([]);
  });

  it('is linked once when two tabs come at once', async () => {
    const pia = await newPerson(server, 'pia');
    await provider.knows('pia', verified('pia'));
    const ways = await Promise.all([wholeWay('pia'), wholeWay('pia'), wholeWay('pia')]);
    const answers = await Promise.all(ways.map(({ code }) => exchange(code)));
    expect(answers.map(({ status, body }) => [status, body.user.id])).toEqual(Array.from({ length: 3 }, () => [200, pia.user.id]));
  });

  it('leaves no session to who logs in with the old password at that very moment', async () => {
    for (const name of ['rae1', 'rae2', 'rae3']) {
      await newPerson(server, name);
      const attempts = Array.from({ length: 8 }, () => nobody.post<SignedIn>('/auth/login', { login: name, password }));
      await signInAs(name, verified(name));
      const opened = (await Promise.all(attempts)).filter(({ status }) => status === 200).map(({ body }) => anonymous(server).accept(body));
      for (const session of opened) expect((await session.get('/users/me')).status).toBe(401);
    }
  });

  it('leaves no password to who changes it at that very moment', async () => {
    const squatter = await newPerson(server, 'sid');
    const [owner, change] = await whileLocked('sid', [() => signInAs('sid', verified('sid')), () => squatter.post('/auth/password', { current: password, next: 'an entirely new one' })]);
    expect((change as { status: number }).status).toBe(403);
    expect((await (owner as Person).get<OwnUser>('/users/me')).body.hasPassword).toBe(false);
  });
});

/** Starts each, once the one before waits for the user's row, and then lets the row go: they come to it in this order. */
async function whileLocked(username: string, starts: (() => Promise<unknown>)[]): Promise<unknown[]> {
  await server.db.query('BEGIN');
  await server.db.query('SELECT FROM users WHERE username = $1 FOR UPDATE', [username]);
  const started: Promise<unknown>[] = [];
  for (const start of starts) {
    started.push(start());
    while ((await waiting()) < started.length) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await server.db.query('COMMIT');
  return await Promise.all(started);
}

async function waiting(): Promise<number> {
  await server.db.query('SELECT pg_stat_clear_snapshot()');
  const [row] = await server.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
  return row?.n ?? 0;
}
