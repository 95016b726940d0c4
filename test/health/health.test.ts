import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, disconnectAll, id } from '../setup/chatters.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';
import { passageTo, type Passage } from '../setup/frozen.js';
import { newPerson, request, type Answer, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { until } from '../setup/until.js';
import { expectProblem } from '../setup/wire.js';

const get = (server: TestServer, path: string): Promise<Answer> => request(`${server.url}${path}`, 'GET');

async function timed(answer: Promise<Answer>): Promise<[Answer, number]> {
  const from = performance.now();
  return [await answer, performance.now() - from];
}

describe('a healthy server', () => {
  let server: TestServer;
  let alice: Person;
  beforeAll(async () => {
    server = await startServer();
    alice = await newPerson(server, 'alice');
  });
  afterAll(() => server.close());

  it('is live and ready, and says so to anybody, whatever the token', async () => {
    expect(await get(server, '/health/live')).toMatchObject({ status: 200, body: { status: 'up' } });
    expect(await get(server, '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready', postgres: 'up', redis: 'off' } });
    expect((await request(`${server.url}/health/ready`, 'GET', { headers: { authorization: 'Bearer nonsense' } })).status).toBe(200);
    expect((await get(server, '/health/ready')).headers.get('cache-control')).toBe('no-store');
  });

  it('says what it is', async () => {
    const { body } = await get(server, '/version');
    expect(body).toEqual({ name: 'verbatim', version: expect.stringMatching(/^\d+\.\d+\.\d+/), node: process.version });
  });

  it('has these four outside the API, and nowhere else', async () => {
    for (const path of ['/health/live', '/health/ready', '/version', '/metrics']) expectProblem(await get(server, `/api/v1${path}`), 'not_found');
  });

  it('shows figures whose names begin with chat_ and whose labels hold no ids, names or typed paths', async () => {
    await alice.get(`/users/${alice.user.id}`);
    await alice.get('/users?query=canary');
    await get(server, '/canary/019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e');
    await get(server, '/api/v1/users/canary');
    const { status, headers, body } = await get(server, '/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
    const samples = (body as string).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples.filter((line) => !line.startsWith('chat_'))).toEqual([]);
    expect(samples.filter((line) => /[0-9a-f]{8}-[0-9a-f]{4}|canary|alice|@/.test(line))).toEqual([]);
    expect(body).toMatch(/chat_http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/users\/:id",status="200"\} [1-9]/);
    expect(body).toMatch(/chat_sign_ins_total\{way="register",outcome="accepted"\} [1-9]/);
  });

  it('counts what was asked by socket, by event and outcome, whenever it is looked at', async () => {
    const count = async (event: string, outcome: string) =>
      Number(new RegExp(`^chat_socket_requests_total\\{event="${event}",outcome="${outcome}"\\} (\\d+)$`, 'm').exec((await get(server, '/metrics')).body as string)?.[1] ?? 0);
    const counts = async () => [await count('new_message', 'ok'), await count('new_message', 'invalid_input'), await count('typing', 'ok'), await count('unknown', 'unknown_event')];
    const chatter = await connect(server, alice);
    const before = await counts();
    for (let n = 0; n < 3; n += 1) await chatter.ask('new_message', { clientId: id(), text: `number ${n}` });
    await chatter.refused('new_message', { clientId: id(), text: '' });
    expect((await counts()).map((now, i) => now - before[i])).toEqual([3, 1, 0, 0]);
    await chatter.ask('new_message', { clientId: id(), text: 'one more' });
    await chatter.raw('nonsense', {});
    expect((await counts()).map((now, i) => now - before[i])).toEqual([4, 1, 0, 1]);
    disconnectAll();
  });

  it('says how late the process was, since it was asked last', async () => {
    const worst = async () => Number(/^chat_event_loop_lag_seconds\{quantile="1"\} (\S+)$/m.exec((await get(server, '/metrics')).body as string)?.[1]);
    await worst();
    for (const end = Date.now() + 1000; Date.now() < end;);
    await new Promise((resolve) => { setTimeout(resolve, 400); });
    expect(await worst()).toBeGreaterThan(0.5);
    await new Promise((resolve) => { setTimeout(resolve, 400); });
    expect(await worst()).toBeLessThan(0.5);
  });

  it('has one series for all paths that it does not know', async () => {
    const series = async () => ((await get(server, '/metrics')).body as string).split('\n').length;
    await get(server, '/unknown/0');
    const before = await series();
    for (let i = 1; i <= 50; i += 1) await get(server, `/unknown/${i}`);
    expect((await series()) - before).toBeLessThan(20);
  });
});

it('keeps its figures to itself when told so', async () => {
  const server = await startServer({ METRICS: 'off' });
  const answer = await get(server, '/metrics');
  expect(answer.status).toBe(404);
  expectProblem(answer, 'not_found');
  expect((await get(server, '/health/live')).status).toBe(200);
  await server.close();
});

describe('while nothing can be stored', () => {
  let server: TestServer;
  beforeAll(async () => { server = await startServer(); });
  afterAll(() => server.close());
  const ready = async (): Promise<number> => (await get(server, '/health/ready')).status;

  it('is not ready after five seconds of trying, as on a full disk, and is ready again by itself', async () => {
    const alice = await newPerson(server, 'alice');
    const send = () => alice.post('/messages', { text: 'is there room?' });
    expect((await send()).status).toBe(201);
    await server.db.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$`);
    await server.db.query('CREATE TRIGGER full_disk BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION full_disk()');
    await until(async () => {
      expect(await send()).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      return (await ready()) === 503;
    }, 60_000);
    await server.db.query('DROP TRIGGER full_disk ON messages');
    await until(async () => (await ready()) === 200, 60_000);
    expect((await send()).status).toBe(201);
  });

  it('is not ready where PostgreSQL answers but lets nobody write', async () => {
    const [{ name }] = await server.db.query<{ name: string }>('SELECT current_database() AS name');
    await server.db.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await server.db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
    await until(async () => (await ready()) === 503, 60_000);
    await server.db.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await server.db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
    await until(async () => (await ready()) === 200, 60_000);
  });
});

describe('while PostgreSQL hangs', () => {
  let database: TestDatabase;
  let passage: Passage;
  let server: TestServer;
  let alice: Person;
  beforeAll(async () => {
    database = await freshDatabase();
    passage = await passageTo(database.url);
    server = await startServer({ DATABASE_URL: passage.url, DATABASE_POOL: '3' });
    alice = await newPerson(server, 'alice');
  });
  afterAll(async () => {
    passage.thaw();
    await server.close();
    await passage.close();
    await database.drop();
  });

  it('is live but not ready, told within a second, to many probes at once; and ready again afterwards', async () => {
    expect((await get(server, '/health/ready')).status).toBe(200);
    passage.freeze();
    const probes = await Promise.all(Array.from({ length: 10 }, () => timed(get(server, '/health/ready'))));
    for (const [{ status, body }, ms] of probes) {
      expect([status, body]).toEqual([503, { status: 'unavailable', postgres: 'down', redis: 'off' }]);
      expect(ms).toBeLessThan(4000);
    }
    const [live, ms] = await timed(get(server, '/health/live'));
    expect([live.status, ms < 2000]).toEqual([200, true]);
    passage.thaw();
    const deadline = Date.now() + 30_000;
    while ((await get(server, '/health/ready')).status !== 200) expect(Date.now()).toBeLessThan(deadline);
    expect((await alice.get('/auth/sessions')).status).toBe(200);
  });

  it('tells those who come while every connection is taken to try again, within 4 s', async () => {
    passage.freeze();
    const waiting = Array.from({ length: 12 }, () => timed(alice.get('/auth/sessions')));
    const [refused, ms] = await Promise.race(waiting);
    expect(refused.status).toBe(503);
    expectProblem(refused, 'unavailable');
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(ms).toBeLessThan(8000);
    passage.thaw();
    const answers = await Promise.all(waiting);
    expect(answers.filter(([{ status }]) => status !== 200 && status !== 503)).toEqual([]);
  });
});
