import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newPerson, type Answer, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { expectProblem, rawExchange, wire } from '../setup/wire.js';

let server: TestServer;
let alice: Person;

beforeAll(async () => {
  server = await startServer({ CORS_ORIGINS: 'https://app.example.org' });
  alice = await newPerson(server, 'alice');
});
afterAll(() => server.close());

const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: string) => wire(server.url, { method, path, headers, body });
const corsHeaders = ({ headers }: Answer): string[] => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

/** Those that only browsers care for. */
const securityHeaders = (headers: Headers) => Object.fromEntries([...headers].filter(([name]) => /^(content-security|cross-origin|origin-agent|referrer|strict-transport|x-(?!request-id))/.test(name)));

function expectSober(headers: Headers): void {
  expect(headers.get('x-request-id')).toMatch(/^[\w.-]{8,64}$/);
  expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
}

describe('every answer', () => {
  it.each([
    ['an answer', 'GET', '/health/live', 200],
    ['an answer of the API', 'POST', '/api/v1/auth/login', 422],
    ['a document for programs', 'GET', '/asyncapi.json', 200],
    ['a refusal for want of a token', 'GET', '/api/v1/users', 401],
    ['an unknown path', 'GET', '/nothing', 404],
    ['a wrong method', 'PUT', '/health/live', 405],
    ['an answer without a body', 'OPTIONS', '/health/live', 204],
    ['a repeated query key', 'GET', '/api/v1/users?limit=1&limit=2', 400],
  ])('that is JSON carries what JSON needs, and no more: %s', async (_, method, path, status) => {
    const { status: answered, headers } = await ask(method, path, { 'content-type': 'application/json' });
    expect(answered).toBe(status);
    expect(securityHeaders(headers)).toEqual({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-site',
      'x-content-type-options': 'nosniff',
    });
    if (status >= 400) expect(headers.get('cache-control')).toBe('no-store');
    expectSober(headers);
  });

  it.each([
    ['the documentation', '/api-docs'],
    ['the documentation of events', '/async-docs'],
    ['a file of the documentation', '/api-docs/swagger-ui.css'],
    ['the figures', '/metrics'],
  ])('that is a page tells browsers to be careful: %s', async (_, path) => {
    const { status, headers } = await ask('GET', path);
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe-|nonce-|script-src[^;]*(https?:|data:|\*)/);
    expect([headers.get('x-content-type-options'), headers.get('referrer-policy'), headers.get('x-frame-options')]).toEqual(['nosniff', 'no-referrer', 'DENY']);
    expect([headers.get('cross-origin-opener-policy'), headers.get('cross-origin-resource-policy')]).toEqual(['same-origin', 'same-site']);
    expectSober(headers);
  });

  it('that says "not modified" leaves a page the policy that it has', async () => {
    const path = '/api-docs/swagger-ui.css';
    const etag = (await ask('GET', path)).headers.get('etag') ?? '';
    const { status, headers } = await ask('GET', path, { 'if-none-match': etag });
    expect([status, headers.get('content-security-policy')]).toEqual([304, expect.stringContaining("script-src 'self'")]);
  });

  it('promises https only where the server is reached by https', async () => {
    expect((await ask('GET', '/health/live')).headers.get('strict-transport-security')).toBeNull();
    const secure = await startServer({ PUBLIC_URL: 'https://chat.example.org' });
    expect((await wire(secure.url, { method: 'GET', path: '/health/live' })).headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/);
    await secure.close();
  });

  it.each([['kept, when it is a sober one', 'trace-12345678', true], ['replaced, when it is too short', 'x', false], ['replaced, when it could break a log', 'a"b{}<script>', false], ['replaced, when it is long', 'a'.repeat(65), false]])('has a request id: %s', async (_, sent, kept) => {
    const answer = await ask('GET', '/nothing', { 'x-request-id': sent });
    expectProblem(answer, 'not_found');
    expect(answer.body.requestId === sent).toBe(kept);
  });
});

describe('pages of other sites', () => {
  it.each([
    ['an answer', 'GET', '/health/live', {}],
    ['a refusal', 'GET', '/api/v1/users', {}],
    ['a wrong method', 'PUT', '/health/live', {}],
    ['a preflight', 'OPTIONS', '/api/v1/users', { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' }],
  ])('may not read %s', async (_, method, path, more: Record<string, string>) => {
    for (const origin of ['https://evil.example', 'null', 'https://app.example.org.evil.example', 'http://app.example.org']) {
      expect(corsHeaders(await ask(method, path, { origin, ...more })).filter((name) => name !== 'access-control-expose-headers')).toEqual([]);
    }
  });

  it('may when they are on the list', async () => {
    const origin = 'https://app.example.org';
    for (const [method, path] of [['GET', '/health/live'], ['GET', '/api/v1/users'], ['PUT', '/health/live']] as const) {
      const { headers } = await ask(method, path, { origin });
      expect([headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials'), headers.get('vary')]).toEqual([origin, 'true', 'Origin']);
    }
    const preflight = await ask('OPTIONS', '/api/v1/users/me', { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization,content-type' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  });
});

describe('a method', () => {
  it.each([
    ['PUT', '/health/live', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/api/v1/users/me', 'GET, HEAD, PATCH, OPTIONS'],
    ['GET', '/api/v1/auth/login', 'POST, OPTIONS'],
    ['TRACE', '/health/live', 'GET, HEAD, OPTIONS'],
    ['POST', '/api/v1/auth/sessions/019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e', 'DELETE, OPTIONS'],
  ])('that a path lacks is refused with those it has: %s %s', async (method, path, allow) => {
    const answer = await ask(method, path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    if (method !== 'HEAD') expectProblem(answer, 'method_not_allowed');
  });

  it('that HTTP does not know is refused', async () => {
    expectProblem(await rawExchange(server.url, 'FROB /health/live HTTP/1.1\r\nHost: x\r\n\r\n'), 'malformed_request');
  });

  it('HEAD gives what GET gives, without the body', async () => {
    const [get, head] = [await ask('GET', '/version'), await ask('HEAD', '/version')];
    expect([head.status, head.body, head.headers.get('content-length'), head.headers.get('content-type')]).toEqual([200, '', get.headers.get('content-length'), get.headers.get('content-type')]);
    const refused = await ask('HEAD', '/api/v1/users/me');
    expect([refused.status, refused.body]).toEqual([401, '']);
  });

  it('OPTIONS names the methods of a path, and knows no others', async () => {
    const answer = await ask('OPTIONS', '/api/v1/users/me');
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, HEAD, PATCH, OPTIONS']);
    expectProblem(await ask('OPTIONS', '/nothing'), 'not_found');
  });
});

describe('a path', () => {
  it.each(['/nothing', '/api/v1/nothing', '/api', '/api/v2/users', '/API/v1/users', '//api/v1/users', '/api//v1/users', '/api/v1//users', '/api/v1/users;x=1', '/api/v1/users/..%2fusers', '/.env', '/api-docs/nothing', '/api-docs/package.json', '/api-docs/..%2f..%2fpackage.json', '/api-docs/index.html', '/api/v1/users/', '/metrics/'])('that is not ours is not found: %s', async (path) => {
    const answer = await ask('GET', path);
    expect(answer.status === 404 || (answer.status === 401 && path.includes('%2f'))).toBe(true);
    expectProblem(answer);
  });

  it.each(['/%', '/%zz', '/api/v1/users/%', '/api/v1/users/%c0%af'])('that cannot be decoded is malformed: %s', async (path) => {
    expectProblem(await ask('GET', path), 'malformed_request');
  });

  it('written another way meets the same guard', async () => {
    for (const path of ['/api/v1/%75sers/me', '/api/v1/users/%6de', '/%61pi/v1/users/me']) {
      expectProblem(await ask('GET', path), 'unauthenticated');
      expect(await ask('GET', path, { authorization: `Bearer ${alice.accessToken}` })).toMatchObject({ status: 200, body: { id: alice.user.id } });
    }
  });
});

describe('a body', () => {
  const login = (contentType: string | undefined, body: string | Buffer) => wire(server.url, { method: 'POST', path: '/api/v1/auth/login', headers: contentType === undefined ? {} : { 'content-type': contentType }, body });
  const good = JSON.stringify({ login: 'alice', password: 'correct horse battery' });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'application/jsonx', 'application/json; charset=utf-16', 'application/json; charset="latin1"', 'nonsense', 'text/plain; application/json'])('of type %s is refused', async (contentType) => {
    expectProblem(await login(contentType, good), 'unsupported_media_type');
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])('of type %s is taken', async (contentType) => {
    expect((await login(contentType, good)).status).toBe(200);
  });

  it('over 256 KB is refused, whatever length it claims', async () => {
    expectProblem(await login('application/json', `"${'a'.repeat(256 * 1024)}"`), 'body_too_large');
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    expectProblem(await rawExchange(server.url, `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`), 'body_too_large');
    expect((await login('application/json', good.padEnd(256 * 1024))).status).toBe(200);
  });

  it('nested 20 deep is read, 21 deep is not', async () => {
    const nested = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
    expectProblem(await login('application/json', nested(20)), 'invalid_input');
    for (const depth of [21, 5000, 40_000]) expectProblem(await login('application/json', nested(depth)), 'too_deep');
  });

  it('that is no JSON object is refused', async () => {
    for (const text of ['{', '{"login":"alice",}', '{"login":NaN}', "{'login':1}", '\u0000', '{"a":"\n\u0001"}', 'undefined', '{"a":1}{"b":2}']) expectProblem(await login('application/json', text), 'malformed_json');
    expectProblem(await login('application/json', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])), 'malformed_json');
    for (const text of ['[]', '[{}]', 'null', '1', '"text"', 'true']) expectProblem(await login('application/json', text), 'invalid_input');
  });

  it('with keys that reach prototypes is refused, and changes nothing', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__']) {
      expectProblem(await login('application/json', `{"login":"alice","password":"correct horse battery","${key}":{"admin":true}}`), 'invalid_input');
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
