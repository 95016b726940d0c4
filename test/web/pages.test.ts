import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, type TestServer } from '../setup/server.js';
import { inBrowser } from '../setup/web.js';
import { expectProblem, wire } from '../setup/wire.js';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => wire(server.url, { method: 'GET', path, headers });

describe('the web client is served', () => {
  it.each(['/', '/sign-in', '/sign-in?code=x', '/register', '/rooms', '/rooms/lobby', '/people', '/settings'])('at %s, asked for anew each time', async (path) => {
    const { status, headers, body } = await get(path);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    expect(headers.get('content-security-policy')).toMatch(/script-src 'self';style-src 'self'/);
    expect(body).toContain('<title>Verbatim</title>');
    expect(body).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/i); // nothing inline
  });

  it('with assets that are kept for ever, and compressed for those who can', async () => {
    const { body } = await get('/');
    const assets = [...(body as string).matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.length).toBeGreaterThanOrEqual(2);
    for (const path of assets) {
      const plain = await get(path);
      expect([plain.status, plain.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
      expect((await get(path, { 'accept-encoding': 'gzip' })).headers.get('content-encoding')).toBe('gzip');
      expect((await get(path, { 'accept-encoding': 'gzip, br' })).headers.get('content-encoding')).toBe('br');
    }
  });

  it('in at most 200 KB of script', async () => {
    const { body } = await get('/');
    const scripts = [...(body as string).matchAll(/"(\/assets\/[^"]+\.js)"/g)].map(([, path = '']) => path);
    const sizes = await Promise.all(scripts.map(async (path) => Number((await wire(server.url, { method: 'HEAD', path, headers: { 'accept-encoding': 'gzip' } })).headers.get('content-length'))));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
  });

  it.each(['/nothing', '/api', '/api/v1/nothing', '/api-docs/nothing', '/async-docs/nothing', '/health', '/metrics/x', '/assets/nothing.js', '/assets/', '/assets/..%2findex.html', '/site/', '/index.html', '/src/main.tsx', '/rooms/a/b', '/Rooms', '/demo', '/socket.io'])('and swallows no other path: %s', async (path) => {
    const answer = await get(path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers.get('content-type') ?? '').not.toContain('html');
    if (path !== '/socket.io') expectProblem(answer);
  });

  it.each(['/nothing', '/rooms/a/b', '/assets/nothing.js', '/api-docs/nothing'])('and shows people a page with a way back at %s', async (path) => {
    const visit = await get(path, { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' });
    expect([visit.status, visit.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(visit.body).toContain('<a href="/">');
    expect(visit.body).not.toMatch(/<script|<style|\son\w+=|\sstyle=/i);
    for (const accept of ['application/json', '*/*']) expectProblem(await get(path, { accept }));
  });

  it('and answers programs in JSON below /api, whatever they accept', async () => {
    expectProblem(await get('/api/v1/nothing', { accept: 'text/html' }));
    expectProblem(await wire(server.url, { method: 'POST', path: '/nothing', headers: { accept: 'text/html' } }));
  });

  it('with an icon and a document of the API where browsers and programs look for them', async () => {
    const icon = await get('/favicon.ico');
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/x-icon']);
    const document = await fetch(`${server.url}/openapi.json`);
    expect([document.status, ((await document.json()) as { openapi: string }).openapi]).toEqual([200, expect.stringMatching(/^3\./)]);
  });

  it('with the demo page only where there is a demo', async () => {
    const demo = await startServer({ DEMO: 'on' });
    expect((await wire(demo.url, { method: 'GET', path: '/demo' })).body).toContain('name="verbatim-demo" content="on"');
    await demo.close();
    expect((await get('/')).body).toContain('name="verbatim-demo" content="off"');
  });
});

inBrowser('the content security policy', (site) => {
  const outcome = `new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective));
    const socket = new WebSocket(address + '/socket.io/?EIO=4&transport=websocket');
    socket.onopen = () => resolve('open');
    setTimeout(() => resolve('nothing'), 20000);
  })`;

  it('lets a page open its own socket and no other one', async () => {
    const page = await site.visit();
    await page.goto('/sign-in');
    expect(await page.evaluate(`const address = location.origin.replace('http', 'ws'); ${outcome}`)).toBe('open');
    expect(await page.evaluate(`{ const address = 'ws://127.0.0.1:9'; ${outcome} }`)).toBe('connect-src');
    site.complaints.splice(0); // The console says so, too.
  });
});
