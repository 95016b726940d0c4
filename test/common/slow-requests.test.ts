import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/config.js';
import { connect, disconnectAll } from '../setup/chatters.js';
import { newPerson, request, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

const timeoutMs = 1500;
let server: TestServer;
let alice: Person;

beforeAll(async () => {
  server = await startServer({ REQUEST_TIMEOUT: String(timeoutMs) });
  alice = await newPerson(server, 'alice');
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

/** Sends this, and then a byte every now and then for as long as the server listens. Returns what it said at last. */
async function dribble(bytes: string, byte: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket: Socket = dial(Number(port), hostname);
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => { said += text; }).on('error', () => undefined);
  socket.write(bytes);
  const drip = setInterval(() => { if (socket.writable) socket.write(byte); }, 100);
  await once(socket, 'close', { signal: AbortSignal.timeout(60_000) });
  clearInterval(drip);
  return said;
}

const head = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

describe('a request that does not come to its end', () => {
  it.each([
    ['its body', `${head}Content-Length: 10000\r\n\r\n{`, ' '],
    ['its body, in chunks', `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
    ['its headers', head, 'X'],
  ])('is ended: %s', async (_, bytes, byte) => {
    const endings = await Promise.all(Array.from({ length: 20 }, () => dribble(bytes, byte)));
    for (const said of endings) expect(said).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect(endings.filter((said) => said.includes('application/problem+json')).length).toBeGreaterThan(0);
  });

  it('has half a minute otherwise', () => {
    expect(loadConfig({ NODE_ENV: 'test', JWT_SECRET: 'only for this test' }).REQUEST_TIMEOUT).toBe(30_000);
  });
});

it.each(['websocket', 'polling'] as const)('a connection by %s lives on', async (transport) => {
  const chatter = await connect(server, alice, [transport]);
  await pause(3 * timeoutMs);
  expect((await chatter.ask('sync', {})).rooms).toHaveLength(1);
  expect(chatter.socket.connected).toBe(true);
});

it('a quick request is answered as ever, also on a connection that was idle', async () => {
  for (let n = 0; n < 2; n += 1) {
    expect((await request(`${server.url}/health/live`, 'GET')).status).toBe(200);
    await pause(2 * timeoutMs);
  }
});
