import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freshDatabase, type TestDatabase } from '../setup/database.js';
import { anonymous, type Answer, type Person } from '../setup/people.js';
import { testSecret } from '../setup/secret.js';
import { serverScript } from '../setup/server-process.js';
import { wire } from '../setup/wire.js';

type Line = Record<string, unknown> & { level: string; msg: string; reqId?: string };

let database: TestDatabase;
let server: ChildProcess;
let url: string;
let written = '';
let admin: Person;

/** What must never be in a log, each a word of its own. */
const canaries = {
  name: 'Canary Namesake', username: 'canaryusername', email: 'canary-mail@canary-host.example', password: 'canary password one', next: 'canary password two', query: 'canaryquery', header: 'canaryheader', text: 'canarytext',
};

/** The server as it runs in production, apart from its database. */
beforeAll(async () => {
  database = await freshDatabase();
  server = spawn(process.execPath, [serverScript], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', LOG_LEVEL: 'trace', PORT: '0', HOST: '127.0.0.1', JWT_SECRET: testSecret, DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  server.stdout?.on('data', (piece: Buffer) => { written += piece.toString(); });
  let said = '';
  let adminCode = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (piece: Buffer) => {
      said += piece.toString();
      const [, at, code] = /ready at (http:\S+)[^]*become it: (\S+)/.exec(said) ?? [];
      if (at === undefined || code === undefined) return;
      [url, adminCode] = [at, code];
      resolve();
    });
    server.on('exit', () => { reject(new Error(said)); });
  });
  const { name, username, email, password } = canaries;
  admin = anonymous({ url });
  admin.accept((await admin.post('/auth/register', { name, username, email, password, adminCode })).body);
});
afterAll(async () => {
  server.kill();
  if (server.exitCode === null) await once(server, 'exit');
  await database.drop();
});

async function linesAbout(answer: Answer): Promise<Line[]> {
  const id = answer.headers.get('x-request-id');
  for (let i = 0; i < 40; i += 1) {
    const found = lines().filter(({ reqId }) => reqId === id);
    if (found.some(({ msg }) => msg === 'request')) return found;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  throw new Error(`No line about request ${id}`);
}

const lines = (): Line[] => written.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line);

it('writes nothing but JSON, a line for each request, with the id that the caller was given', async () => {
  const answer = await admin.get('/users/me');
  const [line] = await linesAbout(answer);
  expect(line).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), reqId: answer.headers.get('x-request-id'), method: 'GET', route: '/api/v1/users/me', status: 200, ms: expect.any(Number), user: admin.user.id, msg: 'request' });
  expect(lines().length).toBeGreaterThan(2);
});

it('takes the id of a proxy in front', async () => {
  const answer = await wire(url, { method: 'GET', path: '/health/live', headers: { 'x-request-id': 'from-the-proxy-1' } });
  expect((await linesAbout(answer))[0]?.reqId).toBe('from-the-proxy-1');
});

it('tells of logins, refusals and what admins do', async () => {
  await admin.post('/auth/login', { login: canaries.username, password: 'wrong canary' });
  await admin.post('/auth/login', { login: canaries.email, password: canaries.password });
  await admin.put(`/users/${admin.user.id}/role`, { role: 'admin' });
  await linesAbout(await admin.get('/nothing'));
  const said = lines().map(({ msg }) => msg);
  for (const what of ['signed in', 'login refused', 'role changed']) expect(said).toContain(what);
  expect(lines().find(({ msg }) => msg === 'role changed')).toMatchObject({ admin: admin.user.id, user: admin.user.id, role: 'admin' });
});

it('does not let a caller write lines of their own', async () => {
  const before = lines().length;
  const answer = await wire(url, { method: 'GET', path: '/x%0A%7B%22level%22%3A%22fatal%22%7D?a=%0d%0a', headers: { 'user-agent': '{"level":"fatal"}' } });
  await linesAbout(answer);
  expect(lines().slice(before).filter(({ level }) => level === 'fatal')).toEqual([]);
});

it('never writes a token, a password, an address, a search or a text, not even when a query fails', async () => {
  const { password, next, email, query, header, text } = canaries;
  const { body: session } = await admin.post('/auth/login', { login: email, password });
  await admin.get(`/users?query=${query}`);
  await admin.post('/auth/refresh', { refreshToken: session.refreshToken });
  await admin.post('/auth/refresh', { refreshToken: 'canaryrefresh' });
  await admin.post('/auth/password', { current: password, next });
  await admin.post('/messages', { text });
  await wire(url, { method: 'POST', path: `/api/v1/auth/login?${query}=1`, headers: { cookie: `verbatim_refresh=${header}`, authorization: `Bearer ${header}`, 'content-type': 'application/json' }, body: `{"password":"${password}"` });
  await database.query('ALTER TABLE users RENAME TO users_away');
  const failures = [await admin.post('/auth/login', { login: email, password: next }), await admin.post('/messages', { text }), await admin.patch('/users/me', { name: canaries.name })];
  await database.query('ALTER TABLE users_away RENAME TO users');
  expect(failures.map(({ status }) => status)).toContain(500);
  const failed = await linesAbout(failures.find(({ status }) => status === 500)!);
  expect(failed.find(({ level }) => level === 'error')).toMatchObject({ msg: 'internal', err: { stack: expect.any(String) } });
  const secrets = [...Object.values(canaries), 'canaryrefresh', 'wrong canary', admin.accessToken, admin.refreshToken, session.accessToken, session.refreshToken, testSecret];
  expect(secrets.filter((secret) => written.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
});
