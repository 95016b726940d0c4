import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '../../src/common/counts.js';
import { newPerson, request } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { expectProblem, wire } from '../setup/wire.js';

const documents = ['/api-docs', '/api-docs-json', '/api-docs-yaml', '/asyncapi.json', '/async-docs', '/llms.txt'];
let server: TestServer;
beforeAll(async () => { server = await startServer({ RATE_LIMITS: 'on', TRUST_PROXY: 'on' }); });
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => wire(server.url, { method: 'GET', path, headers });

it.each(documents)('%s is made once, and not sent again to those who have it', async (path) => {
  const first = await get(path);
  const etag = first.headers.get('etag') ?? '';
  expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-cache']);
  expect(etag).toMatch(/^"[\w-]{43}"$/);
  const again = await get(path);
  expect([again.status, again.headers.get('etag'), again.headers.get('content-type'), again.body]).toEqual([200, etag, first.headers.get('content-type'), first.body]);
  expect(again.headers.get('content-security-policy')).toBe(first.headers.get('content-security-policy'));
  const known = await get(path, { 'if-none-match': `W/"other", ${etag}` });
  expect([known.status, known.headers.get('etag'), known.body]).toEqual([304, etag, '']);
  expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  const head = await wire(server.url, { method: 'HEAD', path });
  expect([head.status, head.headers.get('content-length'), head.body]).toEqual([200, again.headers.get('content-length'), '']);
});

describe('documents and unknown paths', () => {
  it('are counted by address', async () => {
    const from = { 'x-forwarded-for': '198.51.100.1' };
    const etag = (await get('/api-docs-json')).headers.get('etag') ?? '';
    const paths = ['/api-docs-json', '/nothing', '/api-docs/swagger-ui.css'];
    let refused = 0;
    for (let asked = 0; asked < limits.open.points + 50; asked += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => get(paths[i % 3], { ...from, 'if-none-match': etag })));
      refused += answers.filter(({ status }) => status === 429).length;
    }
    expect(refused).toBeGreaterThanOrEqual(50);
    const answer = await get('/api-docs-yaml', from);
    expectProblem(answer, 'rate_limited');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await get('/nothing', from)).status).toBe(429);
    expect((await get('/health/ready', from)).status).toBe(200);
    expect((await get('/api-docs-yaml', { 'x-forwarded-for': '198.51.100.2' })).status).toBe(200);
    const alice = await newPerson(server, 'alice');
    expect((await request(`${server.url}/api/v1/users/me`, 'GET', { headers: { ...from, authorization: `Bearer ${alice.accessToken}` } })).status).toBe(200);
  }, 120_000);

  it('are not there when they are closed', async () => {
    const closed = await startServer({ API_DOCS: 'off' });
    for (const path of [...documents, '/api-docs/swagger-ui.css']) expectProblem(await wire(closed.url, { method: 'GET', path }), 'not_found');
    expect((await wire(closed.url, { method: 'GET', path: '/version' })).status).toBe(200);
    await closed.close();
  });
});
