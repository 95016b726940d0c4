// PostgreSQL's bad days, as seen by a server whose database is somebody else's: away, hanging, killed, and locked up.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { connect, disconnectAll, id, type Chatter } from '../setup/chatters.js';
import { passageTo, type Passage } from '../setup/frozen.js';
import { newPerson, request, type Person } from '../setup/people.js';
import { say, ServerProcess, workshop } from '../setup/server-process.js';
import { until } from '../setup/until.js';

/** Five seconds are promised, which a busy machine may add to. */
const soonMs = 8000;
/** What a send is answered; the second where the statement was on its way. */
const refusals = ['unavailable', 'outcome_unknown'];
const shop = workshop();
const folder = mkdtempSync(join(tmpdir(), 'verbatim-postgres-'));
let postgres: EmbeddedPostgres;
let passage: Passage;
let server: ServerProcess;
let alice: Person;
let chatter: Chatter;
let roomId: string;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDir: folder, durable: false });
  passage = await passageTo(postgres.url);
  server = await ServerProcess.in(shop.folder, { DATABASE_URL: passage.url, DATABASE_POOL: '4' });
  await server.start();
  alice = await newPerson(server, 'alice');
  roomId = (await alice.post('/rooms', { name: 'Here', kind: 'private' })).body.id;
});
beforeEach(async () => { chatter = await connect(server, alice); });
afterAll(async () => {
  disconnectAll();
  await server?.terminate();
  await passage?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
  shop.remove();
});

interface Timed {
  ok: boolean;
  code: string;
  ms: number;
}

async function timed(ask: Promise<{ ok: boolean; code: string }>): Promise<Timed> {
  const from = performance.now();
  return { ...(await ask), ms: Math.round(performance.now() - from) };
}

const bySocket = () => chatter.socket.timeout(15_000).emitWithAck('new_message', { roomId, clientId: id(), text: 'hello' }).then((ack: { ok: boolean; error?: { code: string } }) => ({ ok: ack.ok, code: ack.error?.code ?? '' }));
const byRest = () => alice.post(`/rooms/${roomId}/messages`, { text: 'hello' }).then(({ status, body }) => ({ ok: status === 201, code: (body.code ?? '') as string }));
const reading = () => alice.get(`/rooms/${roomId}/messages`).then(({ status, body }) => ({ ok: status === 200, code: (body.code ?? '') as string }));

/** What is answered now: liveness, readiness, and each way to send and to read. */
async function expectBadDay(withinMs: number, readiness = ['503']): Promise<void> {
  const ready = async () => { const { status } = await request(`${server.url}/health/ready`, 'GET'); return { ok: status === 200, code: String(status) }; };
  const live = async () => { const { status } = await request(`${server.url}/health/live`, 'GET'); return { ok: status === 200, code: String(status) }; };
  const asked = [timed(ready()), timed(live()), ...[bySocket, bySocket, byRest, byRest, reading].map((ask) => timed(ask()))];
  const [isReady, isLive, ...rest] = await Promise.all(asked);
  say(`ready ${isReady.code} after ${isReady.ms} ms, live ${isLive.code} after ${isLive.ms} ms; refused after ${rest.map(({ ms }) => ms).join(', ')} ms`);
  expect(readiness).toContain(isReady.code);
  expect(isLive.code).toBe('200');
  expect(isReady.ms).toBeLessThan(5000);
  for (const { ok, code } of rest) expect([ok, refusals.includes(code)]).toEqual([false, true]);
  expect(rest.at(-1)?.code).toBe('unavailable'); // Nobody stored anything by reading.
  expect(Math.max(...rest.map(({ ms }) => ms))).toBeLessThan(withinMs);
}

async function expectGoodDay(): Promise<void> {
  const from = performance.now();
  while ((await server.status('/health/ready')) !== 200) {
    expect(performance.now() - from).toBeLessThan(60_000);
    await pause(50);
  }
  for (const ask of [bySocket, byRest, reading]) expect(await ask()).toMatchObject({ ok: true });
  say(`all is well again after ${Math.round(performance.now() - from)} ms`);
  expect(server.accidents).toEqual([]);
}

describe('a database of somebody else', () => {
  it('that hangs is noticed, and the server goes on when it answers again', async () => {
    const { pid } = server;
    passage.freeze();
    await expectBadDay(soonMs);
    passage.thaw();
    await expectGoodDay();
    expect(server.pid).toBe(pid);
  });

  it('that is stopped is noticed, and the server goes on when it is started again', async () => {
    const { pid } = server;
    const { url } = passage;
    await postgres.stop();
    await expectBadDay(soonMs);
    await passage.close();
    await expectBadDay(soonMs);
    postgres = await startEmbeddedPostgres({ dataDir: folder, durable: false });
    passage = await passageTo(postgres.url, Number(new URL(url).port));
    await expectGoodDay();
    expect(server.pid).toBe(pid);
  });

  it('whose postmaster is killed costs some refusals, not the server', async () => {
    const { pid } = server;
    const killed = postgres.pid;
    process.kill(killed, 'SIGKILL');
    const refused = await timed(bySocket());
    say(`the send of that moment: ${refused.ok ? 'stored' : refused.code} after ${refused.ms} ms`);
    expect([true, ...refusals]).toContain(refused.ok || refused.code);
    // Its backends outlive it by a moment, in which all may seem to be well.
    await until(() => postgres.pid !== killed, 60_000);
    await expectGoodDay();
    expect(server.pid).toBe(pid);
  });
});

describe('when every connection is taken', () => {
  it('by queries that wait for a lock, those who come next are told to try again, and nobody waits for ever', async () => {
    const locker = new Client({ connectionString: postgres.url });
    await locker.connect();
    await locker.query('BEGIN');
    await locker.query('LOCK TABLE messages, rooms IN ACCESS EXCLUSIVE MODE');
    const taken = Array.from({ length: 4 }, () => timed(reading()));
    await pause(300);
    const next = await Promise.all(Array.from({ length: 8 }, () => timed(reading())));
    say(`told to try again after ${next.map(({ ms }) => ms).join(', ')} ms`);
    expect(next.map(({ code }) => code)).toEqual(next.map(() => 'unavailable'));
    expect(Math.min(...next.map(({ ms }) => ms))).toBeLessThan(soonMs);
    // A wait for a lock ends after two seconds, so now and then a connection is free for the probe.
    await expectBadDay(10_000 + soonMs, ['200', '503']);
    for (const { ok, code, ms } of await Promise.all(taken)) expect([ok, code, ms < 10_000 + soonMs]).toEqual([false, 'unavailable', true]);
    await locker.query('ROLLBACK');
    await locker.end();
    await expectGoodDay();
  });
});
