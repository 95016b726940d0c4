import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { networkInterfaces } from 'node:os';
import { io } from 'socket.io-client';
import { FirstAdmin } from '../../src/auth/first-admin.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';
import { anonymous, newPerson, password, type Answer } from '../setup/people.js';
import { ServerProcess, workshop } from '../setup/server-process.js';
import { startServer, type TestServer } from '../setup/server.js';

const register = (server: { url: string }, name: string, adminCode?: string): Promise<Answer> =>
  anonymous(server).post('/auth/register', { name, username: name, email: `${name}@example.org`, password, adminCode });
const awaitsAdmin = async (server: { url: string }) => ((await anonymous(server).get('/auth/providers')).body as { awaitsAdmin: boolean }).awaitsAdmin;

describe('in production the admin', () => {
  let server: TestServer;
  let code: string;
  beforeEach(async () => {
    server = await startServer({ NODE_ENV: 'production' });
    code = (await server.app.get(FirstAdmin).awaitedCode()) ?? '';
  });
  afterEach(() => server.close());

  it('is not who comes first', async () => {
    expect((await newPerson(server, 'early')).user.role).toBe('user');
    expect(await awaitsAdmin(server)).toBe(true);
  });

  it('is who registers with the code, once', async () => {
    await newPerson(server, 'early');
    const answer = await register(server, 'owner', code);
    expect([answer.status, answer.body.user.role]).toEqual([201, 'admin']);
    expect(await awaitsAdmin(server)).toBe(false);
    const late = await register(server, 'late', code);
    expect([late.status, late.body.code]).toEqual([403, 'invalid_admin_code']);
    expect(await server.app.get(FirstAdmin).awaitedCode()).toBeUndefined();
  });

  it('is one when several register with the code at once', async () => {
    const answers = await Promise.all(['a1', 'a2', 'a3', 'a4'].map((name) => register(server, name, code)));
    expect(answers.filter(({ body }) => body.user?.role === 'admin')).toHaveLength(1);
  });

  it.each(['nonsense', '000000-000000-000000-000000'])('is not who guesses the code: %s', async (wrong) => {
    const answer = await register(server, 'guesser', wrong);
    expect([answer.status, answer.body.code]).toEqual([403, 'invalid_admin_code']);
    expect((await newPerson(server, 'guesser')).user.role).toBe('user');
  });
});

it('in development the admin is who comes first', async () => {
  const server = await startServer({ NODE_ENV: 'development', DEMO: 'off' });
  try {
    expect([await awaitsAdmin(server), (await newPerson(server, 'first')).user.role]).toEqual([false, 'admin']);
  } finally {
    await server.close();
  }
});

describe('a server as a process', () => {
  const shop = workshop();
  let db: TestDatabase;
  let server: ServerProcess;
  beforeEach(async () => { db = await freshDatabase(); });
  afterEach(async () => {
    await server.terminate();
    await db.drop();
  });
  afterAll(() => { shop.remove(); });

  it('says the code while it has no admin', async () => {
    server = await ServerProcess.in(shop.folder, { DATABASE_URL: db.url });
    await server.start();
    const code = /become it: ([\da-f-]{27})\n/.exec(server.output)?.[1];
    expect((await register(server, 'owner', code)).body.user.role).toBe('admin');
    await server.terminate();
    server.output = '';
    await server.start();
    expect(server.output).toContain('is ready');
    expect(server.output).not.toContain('administrator');
  });

  it('says it once with several workers', async () => {
    server = await ServerProcess.in(shop.folder, { DATABASE_URL: db.url, WORKERS: '2' });
    await server.start();
    expect(server.output.match(/There is no administrator yet/g)).toHaveLength(1);
  });

  it.each(['1', '2'])('listens on this machine only in development, by both of its names, with %s workers', async (WORKERS) => {
    server = await ServerProcess.in(shop.folder, { DATABASE_URL: db.url, NODE_ENV: 'development', HOST: '', DEMO: 'off', WORKERS });
    await server.start();
    const { port } = new URL(server.url);
    const addresses = Object.values(networkInterfaces()).flat().filter((one) => one !== undefined);
    const isReached = async (address: string) => (await fetch(`http://${address}:${port}/health/live`).catch(() => undefined))?.status === 200;
    for (const { address } of addresses.filter(({ internal, family }) => !internal && family === 'IPv4')) expect(await isReached(address)).toBe(false);
    const loopbacks = ['127.0.0.1', ...addresses.filter(({ address }) => address === '::1').map(() => '[::1]')];
    for (const address of loopbacks) {
      expect(await isReached(address)).toBe(true);
      for (const transport of ['polling', 'websocket']) {
        const socket = io(`http://${address}:${port}`, { transports: [transport], auth: { token: 'none' }, reconnection: false });
        const refusal = await new Promise<Error & { data?: { code: string } }>((resolve) => { socket.on('connect_error', resolve); });
        expect(refusal.data?.code).toBe('unauthenticated');
        socket.close();
      }
    }
  });
});
