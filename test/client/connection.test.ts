import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Server } from 'socket.io';
import { MemoryStore, StoredSession, type ConnectionInfo, type Progress, type RoomHandle, type VerbatimClient } from '../../client/src/index.js';
import { Broadcaster } from '../../src/realtime/broadcaster.js';
import { ChaosProxy } from '../setup/chaos-proxy.js';
import { newPerson, password } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { another, newClient, online, until } from './people.js';

let server: TestServer;
let link: ChaosProxy | undefined;

beforeAll(async () => { server = await startServer({ ACCESS_TTL: '5s' }); });
afterEach(async () => {
  jest.restoreAllMocks();
  await link?.close().catch(() => undefined);
});
afterAll(async () => { await server.close(); });

const sockets = (): Server => Reflect.get(server.app.get(Broadcaster).here, 'io') as Server;

/** What was asked over HTTP, from now on. */
function requestsMade(): string[] {
  const made: string[] = [];
  const real = globalThis.fetch;
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    made.push(`${init?.method ?? 'GET'} ${new URL(input).pathname.replace('/api/v1', '')}`);
    return await real(input, init);
  });
  return made;
}

function states(chat: VerbatimClient): ConnectionInfo[] {
  const seen: ConnectionInfo[] = [];
  chat.on('connection', (info) => { seen.push(info); });
  return seen;
}

const texts = (room: RoomHandle | undefined): (string | null)[] => room?.messages.map(({ text }) => text) ?? [];

describe('the outbox', () => {
  it('survives a reload, and keeps the clientId', async () => {
    link = await ChaosProxy.to(server.url);
    const store = new MemoryStore();
    const session = new StoredSession(store);
    await newPerson(server, 'olive');
    const before = await another(server, 'olive', { url: link.url, store, session });
    const room = await before.join('outbox-1', { create: true });
    await room.send('first').done;
    link.refuse();
    await until('offline', () => before.connection === 'offline');
    const clientIds = [room.send('second'), room.send('third')].map(({ clientId }) => clientId);
    before.stop();
    await new Promise((resolve) => { setTimeout(resolve, 50); });

    const after = newClient(link.url, { store, session });
    expect(await after.resume()).toBe(true);
    await after.start();
    const again = after.room(room.id);
    expect([texts(again), again?.pending.map(({ clientId }) => clientId)]).toEqual([['first'], clientIds]);
    link.refuse(false);
    await until('all sent', () => again?.messages.length === 3);
    expect([texts(again), again?.messages.slice(1).map(({ clientId }) => clientId), again?.pending]).toEqual([['first', 'second', 'third'], clientIds, []]);
    expect(await store.keys(`verbatim:${after.me?.id ?? ''}:outbox:`)).toEqual([]);
  });

  it('goes over REST while there is no socket', async () => {
    const chat = await online(server, 'rita');
    const room = await chat.join('outbox-2', { create: true });
    const made = requestsMade();
    sockets().disconnectSockets(true);
    await until('offline', () => chat.connection === 'offline');
    const sent = room.send('the long way');
    const message = await sent.done;
    expect(made).toContain(`POST /rooms/${room.id}/messages`);
    expect(message.clientId).toBe(sent.clientId);
    await until('online and shown', () => chat.connection === 'online' && room.messages.length === 1);
    expect([texts(room), room.pending]).toEqual([['the long way'], []]);
  });

  it('says what failed for good, and goes on with the rest; retry and discard', async () => {
    const chat = await online(server, 'faye');
    const room = await chat.join('outbox-3', { create: true });
    const bad = room.send('x'.repeat(4001));
    const good = room.send('fine');
    await expect(bad.done).rejects.toMatchObject({ code: 'invalid_input', errors: [{ field: 'text', code: 'too_long' }] });
    await good.done;
    expect([bad.status, room.pending.map(({ status }) => status), texts(room)]).toEqual(['failed', ['failed'], ['fine']]);
    bad.retry();
    expect(bad.status).toBe('sending');
    await until('refused again', () => bad.status === 'failed');
    bad.discard();
    expect(room.pending).toEqual([]);
  });
});

describe('tokens', () => {
  it('are renewed before they end, once for all, without reconnecting', async () => {
    const chat = await online(server, 'tina');
    const seen = states(chat);
    const made = requestsMade();
    for (const until = Date.now() + 8000; Date.now() < until;) {
      await Promise.all([chat.api.getMe(), chat.api.listMyRooms(), chat.api.listSessions()]);
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
    expect([seen, chat.connection]).toEqual([[], 'online']);
    expect(made.filter((line) => line === 'POST /auth/refresh').length).toBeGreaterThanOrEqual(2);
    expect(made.filter((line) => line === 'POST /auth/refresh').length).toBeLessThanOrEqual(4);
    await (await chat.join('tokens', { create: true })).send('still here').done;
  });

  it('are renewed once for twenty that ask at the same time, also after they ended', async () => {
    await newPerson(server, 'theo');
    const chat = newClient(server.url);
    await chat.login({ login: 'theo', password: 'correct horse battery' });
    await new Promise((resolve) => { setTimeout(resolve, 5200); });
    const made = requestsMade();
    await Promise.all(Array.from({ length: 20 }, () => chat.api.getMe()));
    expect(made.filter((line) => line === 'POST /auth/refresh')).toHaveLength(1);
  });

  it('two that share a store do not spend the refresh token of each other', async () => {
    await newPerson(server, 'tess');
    const session = new StoredSession(new MemoryStore());
    const one = newClient(server.url, { session });
    await one.login({ login: 'tess', password: 'correct horse battery' });
    const two = newClient(server.url, { session });
    expect(await two.resume()).toBe(true);
    for (const chat of [one, two, one]) {
      await new Promise((resolve) => { setTimeout(resolve, 3600); });
      expect((await chat.api.getMe()).username).toBe('tess');
    }
  });
});

describe('the end of a session', () => {
  it('is told, and what is known of rooms is forgotten', async () => {
    const store = new MemoryStore();
    const chat = await online(server, 'sam', { store });
    const elsewhere = await another(server, 'sam');
    await (await chat.join('ending', { create: true })).send('hello').done;
    const reasons: string[] = [];
    chat.on('signed_out', ({ reason }) => { reasons.push(reason); });
    await elsewhere.api.logoutAll();
    await until('signed out', () => reasons.length === 1);
    expect([reasons, chat.me, chat.connection, chat.rooms]).toEqual([['logout_all'], undefined, 'offline', []]);
    await expect(chat.api.getMe()).rejects.toMatchObject({ code: 'signed_out' });
    await expect(chat.start()).rejects.toMatchObject({ code: 'signed_out' });
  });

  it('leaves what was not sent to the same person, and to nobody else', async () => {
    link = await ChaosProxy.to(server.url);
    const store = new MemoryStore();
    await newPerson(server, 'first');
    await newPerson(server, 'second');
    const chat = await another(server, 'first', { url: link.url, store });
    const room = await chat.join('handed-over', { create: true });
    link.blackhole();
    const unsent = room.send('mine alone');
    const elsewhere = await another(server, 'first');
    await elsewhere.api.logoutAll();
    let isOver = false;
    chat.on('signed_out', () => { isOver = true; });
    link.blackhole(false);
    await until('signed out', () => isOver, 20_000);

    await chat.login({ login: 'second', password: 'correct horse battery' });
    await chat.start();
    await chat.ready(30_000);
    expect(texts(await chat.join('handed-over'))).toEqual([]);
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    expect(texts(chat.room(room.id))).toEqual([]);
    await chat.logout();
    await chat.login({ login: 'first', password: 'correct horse battery' });
    await chat.start();
    await until('sent by whom it is from', () => texts(chat.room(room.id)).length === 1, 15_000);
    expect([texts(chat.room(room.id)), chat.room(room.id)?.messages[0]?.clientId]).toEqual([['mine alone'], unsent.clientId]);
  }, 60_000);

  it.each([['a token that has run out', 0], ['a token that would be good for a while', undefined]])('elsewhere while nothing ran leaves no messages here, with %s', async (_, expiresAt) => {
    const store = new MemoryStore();
    const sessions = new StoredSession(new MemoryStore());
    const name = `nora${expiresAt ?? ''}`;
    const chat = await online(server, name, { store, session: sessions });
    const [userId, other] = [chat.me?.id ?? '', await another(server, name)];
    await (await chat.join(`closed-${name}`, { create: true })).send('for my eyes').done;
    chat.stop();
    await until('stored', () => JSON.stringify([...(store as unknown as { values: Map<string, string> }).values]).includes('for my eyes'));
    await store.set(`verbatim:${userId}:outbox:unsent`, { roomId: crypto.randomUUID(), clientId: crypto.randomUUID(), text: 'mine', createdAt: 1 });
    await store.set('verbatim:somebody-else:room:x', { theirs: true });
    await other.api.logoutAll();
    if (expiresAt !== undefined) await sessions.save({ ...(await sessions.load())!, expiresAt });

    const after = newClient(server.url, { store, session: sessions });
    const endings: string[] = [];
    after.on('signed_out', ({ reason }) => { endings.push(reason); });
    if (await after.resume()) await after.start();
    await until('it is over', () => endings.length > 0);
    await until('forgotten', () => ![...(store as unknown as { values: Map<string, string> }).values.keys()].some((key) => key.startsWith(`verbatim:${userId}:room:`)));
    // What I wrote and nobody has yet waits for me to sign in again.
    expect((await store.keys('verbatim:')).sort()).toEqual([`verbatim:${userId}:outbox:unsent`, 'verbatim:somebody-else:room:x'].sort());
    expect(await sessions.load()).toBeUndefined();
  }, 60_000);

  it('by logout is one at the server too', async () => {
    const store = new MemoryStore();
    const session = new StoredSession(store);
    const chat = await online(server, 'lena', { store, session });
    await chat.join('ending-2', { create: true });
    const other = await another(server, 'lena');
    await chat.logout();
    // What makes this device a known one stays: the next sign-in here is not slowed down by others' guesses.
    expect([chat.me, (await other.api.listSessions()).sessions.length, await store.keys('')]).toEqual([undefined, 2, ['verbatim:device']]);
    expect(await newClient(server.url, { store, session }).resume()).toBe(false);
  });

  it('by logout is one by logout, also when the server has ended it already', async () => {
    await newPerson(server, 'odile');
    const [chat, other] = [newClient(server.url), newClient(server.url)];
    for (const client of [chat, other]) await client.login({ login: 'odile', password });
    const endings: string[] = [];
    chat.on('signed_out', ({ reason }) => { endings.push(reason); });
    await other.api.logoutAll();
    await Promise.all([chat.api.getMe().catch(() => undefined), chat.logout()]);
    expect([endings, chat.me]).toEqual([['logout'], undefined]);
  });
});

describe('the connection', () => {
  it('comes back when a closing server says so', async () => {
    const chat = await online(server, 'cleo');
    const seen = states(chat);
    sockets().emit('server_closing', { reconnectAfterMs: 1500 });
    sockets().disconnectSockets(true);
    await until('offline', () => chat.connection === 'offline');
    expect(seen[0]).toMatchObject({ state: 'offline', reason: 'server closing' });
    expect(seen[0]?.retryInMs).toBeGreaterThan(1300);
    await until('back', () => chat.connection === 'online');
    expect(seen.map(({ state }) => state)).toEqual(['offline', 'connecting', 'syncing', 'online']);
  });

  it('is made anew after two answers that did not come', async () => {
    link = await ChaosProxy.to(server.url);
    await newPerson(server, 'hanna');
    const chat = await another(server, 'hanna', { url: link.url });
    const room = await chat.join('silence', { create: true });
    const seen = states(chat);
    link.blackhole();
    room.send('into nothing');
    room.setTyping(true);
    await until('it noticed', () => seen.length > 0, 20_000);
    expect(seen[0]).toMatchObject({ state: 'offline', reason: 'no answer' });
    link.blackhole(false);
    await until('sent all the same', () => room.messages.length === 1, 20_000);
    expect(texts(room)).toEqual(['into nothing']);
  }, 45_000);
});

describe('what was missed', () => {
  it('on a live connection is noticed: by the next change, or by the next beat', async () => {
    const [ann, ben] = await Promise.all([online(server, 'ann'), online(server, 'ben')]);
    const hers = await ann.join('gaps', { create: true });
    const his = await ben.join('gaps');
    const deaf = sockets().in(`user:${ben.me?.id ?? ''}`);
    deaf.socketsLeave(`room:${his.id}`);
    await hers.send('not heard').done;
    deaf.socketsJoin(`room:${his.id}`);
    await hers.send('heard').done;
    await until('the gap is filled', () => his.messages.length === 2, 6000);
    deaf.socketsLeave(`room:${his.id}`);
    await hers.send('not heard either').done;
    deaf.socketsJoin(`room:${his.id}`);
    await until('the second beat tells, for at the first one the room was not silent', () => his.messages.length === 3, 30_000);
    expect([his.messages, his.unread]).toEqual([hers.messages, 3]);
  }, 60_000);

  it('is held for a moment when it is only late: pushes that overtake each other cost no question', async () => {
    const [ada, bo] = [await online(server, 'ada'), await online(server, 'bo')];
    const hers = await ada.join('overtaken', { create: true });
    const his = await bo.join('overtaken');
    const deaf = sockets().in(`user:${bo.me?.id ?? ''}`);
    deaf.socketsLeave(`room:${his.id}`);
    const said = [];
    for (const text of ['one', 'two', 'three', 'four']) said.push(await hers.send(text).done);
    let questions = 0;
    for (const socket of await deaf.fetchSockets()) sockets().sockets.sockets.get(socket.id)?.onAny((name) => { if (name === 'sync') questions += 1; });
    for (const n of [2, 0, 3, 1]) deaf.emit('new_message', said[n]);
    await until('all shown', () => his.messages.length === 4);
    expect([texts(his), his.unread]).toEqual([['one', 'two', 'three', 'four'], 4]);
    await new Promise((resolve) => { setTimeout(resolve, 400); });
    expect(questions).toBe(0);
  });

  it('converges after 20,000 messages and 4,000 edits by sync alone, in bounded memory, and tells how far it is', async () => {
    const store = new MemoryStore();
    const session = new StoredSession(store);
    await newPerson(server, 'rip');
    const before = await another(server, 'rip', { store, session, messagesInMemory: 300 });
    const room = await before.join('long-sleep', { create: true });
    await room.send('good night').done;
    before.stop();
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    await muchHappens(room.id, before.me?.id ?? '');

    const after = newClient(server.url, { store, session, messagesInMemory: 300 });
    await after.resume();
    const progress: Progress[] = [];
    after.on('progress', (step) => { progress.push(step); });
    let mostHeld = 0;
    let told = 0;
    after.on('message', ({ room: { messages }, kind }) => {
      mostHeld = Math.max(mostHeld, messages.length);
      if (kind === 'new') told += 1;
    });
    const made = requestsMade();
    await after.start();
    const again = after.room(room.id);
    expect(texts(again)).toEqual(['good night']);
    await after.ready(60_000);
    expect([again?.messages.length, again?.messages[0]?.seq, again?.messages.at(-1)?.seq, again?.hasMoreBefore]).toEqual([300, 19_702, 20_001, true]);
    expect(again?.messages).toEqual((await after.api.listMessages({ id: room.id, limit: 100, after: 19_701 })).messages.concat((await after.api.listMessages({ id: room.id, limit: 100, after: 19_801 })).messages, (await after.api.listMessages({ id: room.id, limit: 100, after: 19_901 })).messages));
    expect([mostHeld <= 300, told >= 16_000, made.filter((line) => line.includes('/messages')).length]).toEqual([true, true, 3]);
    expect(progress.length).toBeGreaterThan(15);
    expect(progress.every(({ done, total }, i) => done <= total && done > (progress[i - 1]?.done ?? 0))).toBe(true);
    expect(progress.at(-1)?.done).toBe(progress.at(-1)?.total);
    expect(again?.have).toBe(again?.info.position.rev);
  }, 120_000);
});

/** Straight into the tables: 20,000 new messages, then 4,000 of them edited, so that changes do not come in the order of messages. */
async function muchHappens(roomId: string, senderId: string): Promise<void> {
  await server.db.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT $1, 1 + n, gen_random_uuid(), r.rev + n, $2, gen_random_uuid(), 'message ' || n, 0, now() + n * interval '1 microsecond'
     FROM generate_series(1, 20000) AS n, rooms r WHERE r.id = $1`, [roomId, senderId]);
  await server.db.query(
    `UPDATE messages m SET rev = r.rev + 20000 + e.k, text = 'edited ' || m.seq, edited_at = now()
     FROM rooms r, (SELECT seq, row_number() OVER (ORDER BY random()) AS k FROM (SELECT 2 + 5 * s AS seq FROM generate_series(0, 3999) AS s) AS q) AS e
     WHERE r.id = $1 AND m.room_id = r.id AND m.seq = e.seq`, [roomId]);
  await server.db.query('UPDATE rooms SET last_seq = 20001, rev = rev + 24000, last_message_at = now() WHERE id = $1', [roomId]);
}
