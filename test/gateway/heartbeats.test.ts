// Whoever answers heartbeats stays, whoever does not is closed in time, and nobody is asked again before an answer.
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transports, rawWebSocket, type RawSocket } from '../setup/raw-socket.js';
import { startServer, type TestServer } from '../setup/server.js';
import { until } from '../setup/until.js';

const isPing = (frame: string): boolean => frame === '2';
const pings = ({ heard }: RawSocket): number => heard.filter(isPing).length;

function standStill(ms: number): void {
  for (const until = Date.now() + ms; Date.now() < until;);
}

describe('with a timeout shorter than the interval', () => {
  let server: TestServer;
  beforeAll(async () => { server = await startServer({ PING_INTERVAL: '600', PING_TIMEOUT: '400' }); });
  afterAll(() => server.close());

  it.each(['websocket', 'polling'] as const)('keeps who answers over %s', async (transport) => {
    const socket = await transports[transport](server.url);
    await pause(600 * 5);
    expect(socket.closed).toBe(false);
    socket.end();
  });

  it('closes who does not answer, once the timeout is over', async () => {
    const socket = await rawWebSocket(server.url, { silent: true });
    expect(await socket.until(isPing)).toBe('2');
    const asked = Date.now();
    await until(() => socket.closed);
    expect(Date.now() - asked).toBeGreaterThan(350);
    expect(pings(socket)).toBe(1);
  });
});

describe('with a timeout longer than the interval', () => {
  const interval = 800;
  let server: TestServer;
  beforeAll(async () => { server = await startServer({ PING_INTERVAL: String(interval), PING_TIMEOUT: '2500' }); });
  afterAll(() => server.close());

  it('asks again when there was an answer, and not before', async () => {
    const socket = await rawWebSocket(server.url, { silent: true });
    await socket.until(isPing);
    await pause(interval * 2);
    expect(pings(socket)).toBe(1);
    await socket.send('3');
    await until(() => pings(socket) === 2);
    await until(() => socket.closed);
    expect(pings(socket)).toBe(2);
  });

  it('does not fall behind in a process that is always late', async () => {
    const socket = await rawWebSocket(server.url, { silent: true });
    let answered = 0;
    for (const until = Date.now() + interval * 5; Date.now() < until; await turn()) {
      standStill(70);
      for (; answered < pings(socket); answered += 1) void socket.send('3');
    }
    expect(answered).toBeGreaterThanOrEqual(3);
    socket.end();
  });

  it('spreads the heartbeats of those who came at the same time', async () => {
    const began = Date.now();
    const sockets = await Promise.all(Array.from({ length: 32 }, () => rawWebSocket(server.url, { silent: true })));
    const asked = await Promise.all(sockets.map(async (socket) => {
      expect(await socket.until(isPing)).toBe('2');
      return Math.floor((Date.now() - began) / 100);
    }));
    expect(new Set(asked).size).toBeGreaterThan(4);
    for (const socket of sockets) socket.end();
  });
});
