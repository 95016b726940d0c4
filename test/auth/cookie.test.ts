import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newPerson, password, request, type Answer } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { expectProblem } from '../setup/wire.js';

let server: TestServer;
const listed = 'https://app.example.org';

beforeAll(async () => {
  server = await startServer({ CORS_ORIGINS: `${listed}, https://other.example.org`, PUBLIC_URL: 'http://chat.example.org' });
  await newPerson(server, 'alice');
});
afterAll(() => server.close());

const post = (path: string, headers: Record<string, string> = {}, body?: unknown, at = server) => request(`${at.url}/api/v1/auth/${path}`, 'POST', { headers, body });
const login = (at = server) => post('login', {}, { login: 'alice', password, delivery: 'cookie' }, at);
const cookieOf = ({ headers }: Answer): string => headers.getSetCookie()[0] ?? '';
const sent = (answer: Answer): string => cookieOf(answer).split(';')[0] ?? '';
const attributes = (answer: Answer): string[] => cookieOf(answer).split('; ').slice(1).sort();

describe('a login with delivery: cookie', () => {
  it('puts the refresh token where no script can read it', async () => {
    const answer = await login();
    expect([answer.status, Object.keys(answer.body).sort()]).toEqual([200, ['accessToken', 'expiresIn', 'user']]);
    expect(sent(answer)).toMatch(/^verbatim_refresh=[\w-]{86}$/);
    expect(attributes(answer)).toEqual(['HttpOnly', 'Max-Age=1209600', 'Path=/api/v1/auth', 'SameSite=Strict']);
  });

  it('holds for registering too', async () => {
    const answer = await post('register', {}, { name: 'Bob', email: 'bob@example.org', password, delivery: 'cookie' });
    expect([answer.status, answer.body.refreshToken, cookieOf(answer) !== '']).toEqual([201, undefined, true]);
  });

  it('marks the cookie Secure where the server is reached by https', async () => {
    const secure = await startServer({ PUBLIC_URL: 'https://chat.example.org' });
    await newPerson(secure, 'alice');
    expect(attributes(await login(secure))).toContain('Secure');
    await secure.close();
  });

  it('is not the default: programs get the token in the body and no cookie', async () => {
    const answer = await post('login', {}, { login: 'alice', password });
    expect([typeof answer.body.refreshToken, cookieOf(answer)]).toEqual(['string', '']);
  });
});

describe('refreshing by cookie', () => {
  it('rotates the cookie and says nothing of it in the body', async () => {
    const first = await login();
    const second = await post('refresh', { cookie: sent(first) });
    expect([second.status, second.body.refreshToken, Object.keys(second.body).sort()]).toEqual([200, undefined, ['accessToken', 'expiresIn']]);
    expect(sent(second)).not.toBe(sent(first));
    expect(attributes(second)).toEqual(attributes(first));
    expect((await post('refresh', { cookie: sent(second) }, {})).status).toBe(200);
    expectProblem(await post('refresh', { cookie: sent(first) }), 'refresh_reused');
  });

  it('prefers the token in the body, and then sets no cookie', async () => {
    const [browser, program] = [await login(), await post('login', {}, { login: 'alice', password })];
    const answer = await post('refresh', { cookie: sent(browser) }, { refreshToken: program.body.refreshToken });
    expect([answer.status, typeof answer.body.refreshToken, cookieOf(answer)]).toEqual([200, 'string', '']);
  });

  it.each(['https://evil.example', 'null', 'http://app.example.org', 'https://app.example.org.evil.example', 'https://app.example.org:8443', 'http://chat.example.org.evil.example', 'nonsense', ''])('is refused to a page of %s, and uses nothing up', async (origin) => {
    const browser = await login();
    const refused = await post('refresh', { cookie: sent(browser), origin });
    expect(refused.status).toBe(403);
    expectProblem(refused, 'origin_not_allowed');
    expect(cookieOf(refused)).toBe('');
    expect((await post('refresh', { cookie: sent(browser) })).status).toBe(200);
  });

  it.each([['our own address', () => 'http://chat.example.org'], ['the address asked', () => server.url], ['a listed one', () => listed], ['another listed one', () => 'https://other.example.org']])('is granted to pages of %s', async (_, origin) => {
    const browser = await login();
    expect((await post('refresh', { cookie: sent(browser), origin: origin() })).status).toBe(200);
  });

  it.each(['', 'verbatim_refresh=', 'verbatim_refresh=nonsense', 'verbatim_refresh=%00', 'verbatim_refresh="a"; verbatim_refresh=b', 'other=1', ';;;=', `verbatim_refresh=${'a'.repeat(4000)}`])('without a good cookie is refused (%#)', async (cookie) => {
    expectProblem(await post('refresh', { cookie }), 'invalid_refresh_token');
  });
});

describe('logging out in a browser', () => {
  const bearer = ({ body }: Answer) => ({ authorization: `Bearer ${body.accessToken}` });

  it.each(['logout', 'logout-all'])('clears the cookie: %s', async (path) => {
    const browser = await login();
    const answer = await post(path, { ...bearer(browser), cookie: sent(browser), origin: listed });
    expect(answer.status).toBe(204);
    expect(cookieOf(answer)).toMatch(/^verbatim_refresh=; (?=.*Max-Age=0|.*Expires=Thu, 01 Jan 1970).*Path=\/api\/v1\/auth/);
    expectProblem(await post('refresh', { cookie: sent(browser) }), 'invalid_refresh_token');
  });

  it.each(['logout', 'logout-all'])('is refused to a foreign page, and the session lives on: %s', async (path) => {
    const browser = await login();
    expectProblem(await post(path, { ...bearer(browser), cookie: sent(browser), origin: 'https://evil.example' }), 'origin_not_allowed');
    expect((await post('refresh', { cookie: sent(browser) })).status).toBe(200);
  });

  it('leaves programs without a cookie alone', async () => {
    const program = await post('login', {}, { login: 'alice', password });
    const answer = await post('logout', bearer(program));
    expect([answer.status, cookieOf(answer)]).toEqual([204, '']);
  });
});
