// The built library in a real browser: fetch, WebSocket, IndexedDB, localStorage, locks and the events of the network.
import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumPath } from '../setup/chromium.js';
import { newPerson, password } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

if (chromiumPath === undefined) process.stdout.write('The client library is not tried in a browser: it wants Chromium, from the system packages or named by CHROMIUM.\n');

const html = '<!doctype html><link rel="icon" href="data:,"><script type="importmap">{"imports":{"socket.io-client":"/socket.io-client.js"}}</script>';
const files: Record<string, string> = { '/socket.io-client.js': 'node_modules/socket.io-client/dist/socket.io.esm.min.js' };

/** What of a person stays on the device: it lets the owner in while others guess at the password. */
const deviceKey = 'verbatim:device';

let pages: Server;
let server: TestServer;
let browser: Browser | undefined;

beforeAll(async () => {
  pages = createServer(({ url = '/' }, answer) => {
    if (url === '/') answer.setHeader('content-type', 'text/html').end(html);
    else createReadStream(resolve(files[url] ?? `client/dist${url}`)).once('open', () => { answer.setHeader('content-type', 'text/javascript'); }).on('error', () => answer.writeHead(404).end()).pipe(answer);
  }).listen(0, '127.0.0.1');
  await once(pages, 'listening');
  server = await startServer({ CORS_ORIGINS: origin() });
  if (chromiumPath !== undefined) browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
});

afterAll(async () => {
  await browser?.close();
  pages.close();
  await server.close();
});

const origin = (): string => `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;

/** Opens the page and makes `chat` in it, with everything kept in IndexedDB. */
async function openChat(page: Page): Promise<void> {
  await page.goto(origin());
  await page.evaluate(`(async () => {
    const { VerbatimClient, IndexedDbStore, StoredSession } = await import('/index.js');
    const store = new IndexedDbStore();
    window.chat = new VerbatimClient({ url: '${server.url}', store, session: new StoredSession(store) });
  })()`);
}

const inPage = async <T>(page: Page, code: string): Promise<T> => await page.evaluate<T>(`(async () => { ${code} })()`);

it('has a browser where it counts', () => {
  expect(chromiumPath === undefined && process.env.CI === 'true').toBe(false);
});

it('chats, outlives a reload without a network, and sends what waited', async () => {
  if (browser === undefined) return;
  await newPerson(server, 'wendy');
  const context = await browser.newContext();
  const page = await context.newPage();
  await openChat(page);
  await inPage(page, `await chat.login({ login: 'wendy', password: '${password}' }); await chat.start(); const room = await chat.join('web', { create: true }); await room.send('from a browser').done;`);
  await page.waitForTimeout(1500); // rooms are stored after a second
  await page.route(`${server.url}/**`, (route) => route.abort());
  await context.setOffline(true);
  await page.waitForFunction(`chat.connection === 'offline'`);
  const clientId = await inPage<string>(page, `const { clientId } = chat.rooms.find((room) => room.info.slug === 'web').send('said offline'); await new Promise((done) => setTimeout(done, 200)); return clientId;`);

  await context.setOffline(false); // for the page itself; the server stays out of reach
  await openChat(page);
  const shown = `const room = chat.rooms.find((each) => each.info.slug === 'web');`;
  expect(await inPage(page, `const signedIn = await chat.resume(); await chat.start(); ${shown} return [signedIn, room.messages.map(({ text }) => text), room.pending.map(({ clientId }) => clientId)];`)).toEqual([true, ['from a browser'], [clientId]]);
  await page.unroute(`${server.url}/**`);
  await inPage(page, 'chat.reconnect();');
  await page.waitForFunction(`chat.rooms.find((each) => each.info.slug === 'web').messages.length === 2`);
  expect(await inPage(page, `${shown} return [room.messages.map(({ text }) => text), room.messages[1].clientId, room.pending.length];`)).toEqual([['from a browser', 'said offline'], clientId, 0]);
  await inPage(page, `await chat.logout(); window.left = await new (await import('/index.js')).IndexedDbStore().keys('');`);
  expect(await page.evaluate('left')).toEqual([deviceKey]);
}, 60_000);

it('leaves no messages in IndexedDB when the session was ended elsewhere while the page was closed', async () => {
  if (browser === undefined) return;
  const { user } = await newPerson(server, 'xenia');
  const context = await browser.newContext();
  const page = await context.newPage();
  await openChat(page);
  await inPage(page, `await chat.login({ login: 'xenia', password: '${password}' }); await chat.start(); const room = await chat.join('secret', { create: true }); await room.send('for her eyes').done;`);
  const stored = `JSON.stringify(await Promise.all((await store.keys('verbatim:${user.id}')).map((key) => store.get(key))))`;
  const open = `const store = new (await import('/index.js')).IndexedDbStore();`;
  await page.waitForFunction(`(async () => { ${open} return ${stored}.includes('for her eyes'); })()`);
  await page.goto('about:blank');
  await server.db.query('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [user.id]);

  await openChat(page);
  await inPage(page, `${open} await store.set('verbatim:session', { ...(await store.get('verbatim:session')), expiresAt: 0 });`); // as when it was closed for long
  expect(await inPage(page, `return await chat.resume();`)).toBe(false);
  expect(await inPage(page, `${open} return await store.keys('');`)).toEqual([deviceKey]);
}, 60_000);
