// A person in 10,000 rooms, at the server as it is delivered, over every door but the browser's (test/web/many-rooms.test.ts).
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { MemoryStore, StoredSession } from '../../client/src/index.js';
import type { MyRooms } from '../../src/contract/room.dto.js';
import type { Have, SyncReply } from '../../src/contract/sync.dto.js';
import { newClient } from '../client/people.js';
import { TerminalProgram } from '../client/terminal-program.js';
import { startChildServer, type ChildServer } from '../setup/child-server.js';
import { connect, disconnectAll, type Chatter } from '../setup/chatters.js';
import { addRooms, sayInAll } from '../setup/many-rooms.js';
import { newPerson, password, type Person } from '../setup/people.js';
import { until } from '../setup/until.js';

const count = 10_000;
const mostBytes = 1_000_000;
const mostGrowth = 50 * 1024 * 1024;
const longMs = 240_000;

let server: ChildServer;
let alice: Person;
let bob: Person;
let roomIds: string[];
const before = { memory: 0 };

beforeAll(async () => {
  server = await startChildServer({ NODE_OPTIONS: `--import=${pathToFileURL('test/setup/memory-probe.mjs').href}` });
  [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
  roomIds = await addRooms(server, alice.user.id, count);
  const quiet = await connect(server, bob);
  await catchUp(quiet, new Map());
  before.memory = await memory();
}, longMs);
afterEach(disconnectAll);
afterAll(() => server.close());

/** What is in use after a collection of garbage, in bytes. */
async function memory(): Promise<number> {
  const said = (): number[] => [...server.errors().matchAll(/^memory (\d+)$/gm)].map(([, bytes]) => Number(bytes));
  const known = said().length;
  process.kill(server.pid, 'SIGUSR2');
  await until(() => said().length > known);
  return said()[known] ?? 0;
}

const bytes = (reply: object): number => Buffer.byteLength(JSON.stringify(reply));

/** As client/README.md tells those who write a client of their own. Returns the answers. */
async function catchUp({ socket }: Chatter, held: Map<string, Have>): Promise<SyncReply[]> {
  const ids = [...held.keys()].sort();
  const replies: SyncReply[] = [];
  let covered = '';
  for (let cursor: string | null | undefined; cursor !== null;) {
    const rest = ids.filter((id) => id > covered);
    const names = rest.slice(0, 400);
    const body = {
      rooms: Object.fromEntries(names.map((id) => [id, held.get(id)])),
      ...(rest.length > 400 && { until: names.at(-1) }),
      ...(typeof cursor === 'string' && { cursor }),
    };
    expect(bytes(body)).toBeLessThan(60_000);
    const { ok, data } = (await socket.timeout(20_000).emitWithAck('sync', body)) as { ok: boolean; data: SyncReply };
    expect(ok).toBe(true);
    expect(bytes(data)).toBeLessThan(mostBytes);
    for (const { room, position, to } of data.rooms) held.set(room.id, { epoch: position.epoch, rev: to });
    for (const id of data.left) held.delete(id);
    replies.push(data);
    covered = data.rooms.at(-1)?.room.id ?? names.at(-1) ?? covered;
    cursor = data.nextCursor;
  }
  return replies;
}

it('catches up from nothing and after an absence over a plain socket, in small answers', async () => {
  const held = new Map<string, Have>();
  const first = await catchUp(await connect(server, alice), held);
  expect([held.size, first.length < 100]).toEqual([count + 1, true]);
  const busy = roomIds.filter((_, i) => i % 20 === 7);
  await sayInAll(server, bob.user.id, busy, { text: 'while you were away', times: 2 });
  await server.db.query('UPDATE memberships SET left_at = now() WHERE room_id = $1 AND user_id = $2', [roomIds[5000], alice.user.id]);
  const later = await catchUp(await connect(server, alice), held);
  const changed = later.flatMap(({ rooms }) => rooms).filter(({ messages }) => messages.length > 0);
  expect(changed.map(({ room }) => room.id)).toEqual(busy);
  expect(later.flatMap(({ rooms }) => rooms).filter(({ reset }) => reset !== undefined)).toEqual([]);
  expect(later.flatMap(({ left }) => left)).toEqual([roomIds[5000]]);
  expect(held.size).toBe(count);
}, longMs);

it('lists them over REST, page by page, and what is unread in them', async () => {
  const listed = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: { body: MyRooms } = await alice.get<MyRooms>(`/rooms${cursor === '' ? '' : `?cursor=${cursor}`}`);
    expect(bytes(body)).toBeLessThan(mostBytes);
    body.rooms.forEach(({ room }) => { listed.add(room.id); });
    cursor = body.nextCursor;
  }
  expect(listed.size).toBe(count);
  const { body: unread } = await alice.get('/users/me/unread');
  expect([unread.rooms.length, unread.total]).toEqual([1000, count - 1 + 1000]);
}, longMs);

it('is online with the typed client, comes back with what was missed, and costs the server little', async () => {
  const store = new MemoryStore();
  const session = new StoredSession(store);
  const chat = newClient(server.url, { store, session });
  await chat.login({ login: 'alice', password });
  await chat.start();
  await chat.ready(longMs);
  expect(chat.rooms).toHaveLength(count);
  await sayInAll(server, bob.user.id, roomIds.slice(0, 50), { text: 'missed', times: 1 });
  chat.stop();
  const again = newClient(server.url, { store, session });
  expect(await again.resume()).toBe(true);
  await again.start();
  await again.ready(longMs);
  expect(again.rooms.filter(({ messages }) => messages.at(-1)?.text === 'missed')).toHaveLength(50);
  const room = again.rooms.find(({ id }) => id === roomIds[9999]);
  expect((await room?.send('still here').done)?.text).toBe('still here');
  expect((await memory()) - before.memory).toBeLessThan(mostGrowth);
}, longMs);

it('is shown all of them by the terminal client', async () => {
  const verbatim = new TerminalProgram(server.url);
  await verbatim.run(['login', 'alice'], { env: { VERBATIM_PASSWORD: password } });
  const rooms = await verbatim.json(['rooms']);
  verbatim.end();
  expect(rooms).toHaveLength(count);
}, longMs);
