import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Room } from '../../src/contract/room.dto.js';
import type { Have, RoomChanges, SyncDto, SyncReply } from '../../src/contract/sync.dto.js';
import { disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { addRooms, sayInAll } from '../setup/many-rooms.js';
import { startServer, type TestServer } from '../setup/server.js';

const mostBytes = 1_000_000;
const mostRooms = 400;

let server: TestServer;
let alice: Chatter;
let bob: Chatter;
let count = 0;

beforeAll(async () => {
  server = await startServer();
  alice = await newChatter(server, 'alice');
});
beforeEach(async () => { bob = await newChatter(server, `bob${(count += 1)}`); });
afterAll(async () => {
  disconnectAll();
  await server.close();
});

type Ask = (body: SyncDto) => Promise<SyncReply>;
const overSocket: Ask = (body) => bob.ask('sync', body);
const overRest: Ask = async (body) => (await bob.person.post<SyncReply>('/sync', body)).body;

/** Every page, each of them checked to be a small one. `next` makes the request of the page after another one. */
async function pagesOf(ask: Ask, next: (cursor: string, before: SyncReply) => SyncDto, first: SyncDto = {}): Promise<SyncReply[]> {
  const pages = [await ask(first)];
  for (let last = pages[0]; last.nextCursor !== null && pages.length < 500;) {
    last = await ask(next(last.nextCursor, last));
    pages.push(last);
  }
  for (const page of pages) {
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(mostBytes);
    expect(page.rooms.length).toBeLessThanOrEqual(mostRooms);
  }
  return pages;
}

const idsOf = (pages: SyncReply[]): string[] => pages.flatMap(({ rooms }) => rooms.map(({ room }) => room.id));
const haveOf = (rooms: RoomChanges[]): Record<string, Have> =>
  Object.fromEntries(rooms.map(({ room, position: { epoch }, to }) => [room.id, { epoch, rev: to }]));

describe('many rooms', () => {
  it.each([['a socket', overSocket], ['REST', overRest]])('come over %s page by page, each once, in the order of their ids', async (_, ask) => {
    const made = await addRooms(server, bob.id, 900);
    const pages = await pagesOf(ask, (cursor) => ({ cursor }));
    const ids = idsOf(pages);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toHaveLength(901);
    expect(ids).toEqual(expect.arrayContaining(made));
    expect(pages.length).toBeGreaterThan(2);
  });

  it('come whole to a client that names what it holds in every request', async () => {
    await addRooms(server, bob.id, 900);
    const held = (await pagesOf(overRest, (cursor) => ({ cursor }))).flatMap(({ rooms }) => rooms);
    const rooms = haveOf(held);
    const missed = held[700]?.room.id ?? '';
    await sayInAll(server, alice.id, [missed], { text: 'missed', times: 3 });
    const pages = await pagesOf(overRest, (cursor) => ({ cursor, rooms }), { rooms });
    const changes = pages.flatMap((page) => page.rooms);
    expect(changes).toHaveLength(901);
    expect(changes.filter(({ reset }) => reset !== undefined)).toEqual([]);
    expect(changes.filter(({ messages }) => messages.length > 0)).toMatchObject([{ room: { id: missed }, messages: [{ text: 'missed' }, { text: 'missed' }, { text: 'missed' }] }]);
  });

  it('come whole to a client that names some of them in each request, and stops there', async () => {
    await addRooms(server, bob.id, 500);
    const held = haveOf((await pagesOf(overSocket, (cursor) => ({ cursor }))).flatMap(({ rooms }) => rooms));
    const gone = Object.keys(held).sort()[250] ?? '';
    await server.db.query('UPDATE memberships SET left_at = now() WHERE room_id = $1', [gone]);
    const [fresh] = await addRooms(server, bob.id, 1);
    const named = (after: string): SyncDto => {
      const names = Object.keys(held).sort().filter((roomId) => roomId > after);
      return { rooms: Object.fromEntries(names.slice(0, 100).map((roomId) => [roomId, held[roomId]])), ...(names.length > 100 && { until: names[99] }) };
    };
    let covered = '';
    const pages = await pagesOf(overSocket, (cursor, before) => {
      covered = before.rooms.at(-1)?.room.id ?? covered;
      return { ...named(covered), cursor };
    }, named(''));
    expect(new Set(idsOf(pages))).toEqual(new Set([...Object.keys(held).filter((roomId) => roomId !== gone), fresh]));
    expect(pages.flatMap(({ left }) => left)).toEqual([gone]);
    expect(pages.flatMap(({ rooms }) => rooms).filter(({ reset }) => reset !== undefined).map(({ room }) => room.id)).toEqual([fresh]);
  });

  it('are asked for by name', async () => {
    const made = await addRooms(server, bob.id, 500);
    const stranger = (await alice.person.post<Room>('/rooms', { name: 'Hidden', kind: 'private' })).body.id;
    const only = [made[450], made[3], stranger] as string[];
    const page = await overSocket({ only });
    expect(page).toMatchObject({ left: [stranger], nextCursor: null });
    expect(idsOf([page])).toEqual([made[3], made[450]]);
    expect(page).toEqual(await overRest({ only }));
    const { rooms } = await overSocket({ only, rooms: haveOf(page.rooms) });
    expect(rooms.map(({ reset, messages }) => ({ reset, messages }))).toEqual([{ messages: [] }, { messages: [] }]);
  });
});

describe('one answer is bounded', () => {
  const long = '"'.repeat(4000); // in JSON twice as long

  it('where every room is new and its messages are as long as they can be', async () => {
    const made = await addRooms(server, bob.id, 20, long);
    await sayInAll(server, alice.id, made, { text: '\u{1F600}'.repeat(2000), times: 60 });
    const pages = await pagesOf(overRest, (cursor) => ({ cursor }));
    expect(new Set(idsOf(pages)).size).toBe(21);
    for (const { messages, lastMessage } of pages.flatMap(({ rooms }) => rooms).filter(({ room }) => made.includes(room.id))) {
      expect(messages.length).toBeGreaterThan(20);
      expect(messages.at(-1)).toEqual(lastMessage);
      expect(messages.map(({ seq }) => seq)).toEqual(messages.map((__, i) => 61 - messages.length + 1 + i));
    }
  });

  it('and where one room has more to tell than an answer may hold: it goes on without a hole', async () => {
    const [busy = '', ...others] = await addRooms(server, bob.id, 5, long);
    const rooms = haveOf((await overRest({})).rooms);
    await sayInAll(server, alice.id, [busy], { text: long, times: 450 });
    await sayInAll(server, alice.id, others, { text: 'short', times: 1 });
    const pages = await pagesOf(overSocket, (cursor) => ({ cursor, rooms, limit: 1000 }), { rooms, limit: 1000 });
    const parts = pages.flatMap((page) => page.rooms).filter(({ room }) => room.id === busy);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.flatMap(({ messages }) => messages.map(({ seq }) => seq))).toEqual(Array.from({ length: 450 }, (_, i) => i + 2));
    expect(parts.map(({ from, to, hasMore }) => [from, to, hasMore])).toEqual(parts.map(({ messages }, i) =>
      [parts[i - 1]?.to ?? 2, messages.at(-1)?.rev, i < parts.length - 1]));
    for (const roomId of others) expect(idsOf(pages).filter((of) => of === roomId)).toHaveLength(1);
  });

  it('also goes on with `to`, without a cursor', async () => {
    const [busy = ''] = await addRooms(server, bob.id, 1, long);
    let rooms = haveOf((await overRest({})).rooms);
    await sayInAll(server, alice.id, [busy], { text: long, times: 200 });
    const seen: number[] = [];
    for (let more = true; more && seen.length < 500;) {
      const page = await overRest({ rooms, limit: 1000 });
      const changes = page.rooms.find(({ room }) => room.id === busy);
      seen.push(...(changes?.messages.map(({ seq }) => seq) ?? []));
      [rooms, more] = [{ ...rooms, ...haveOf(page.rooms) }, changes?.hasMore === true];
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i + 2));
  });

  it('names somebody who was taken out of the room in the middle of it', async () => {
    const [busy = ''] = await addRooms(server, bob.id, 1);
    await sayInAll(server, alice.id, [busy], { text: 'one of many', times: 30 });
    const rooms = { [busy]: { epoch: (await overRest({ only: [busy] })).rooms[0]?.position.epoch ?? '', rev: 0 } };
    const first = await overRest({ rooms, limit: 10, only: [busy] });
    expect(first.rooms).toMatchObject([{ hasMore: true, to: 10 }]);
    await server.db.query('UPDATE memberships SET left_at = now() WHERE room_id = $1', [busy]);
    expect(await overRest({ cursor: first.nextCursor ?? '', limit: 10 })).toMatchObject({ left: [busy], nextCursor: null });
  });
});

it.each([
  ['a cursor that is none', { cursor: 'abc' }],
  ['a cursor without a room', { cursor: Buffer.from('["x","",0]').toString('base64url') }],
  ['a cursor before every room', { cursor: Buffer.from('["00000000-0000-0000-0000-000000000000","019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f",1]').toString('base64url') }],
  ['a cursor within a room at no revision', { cursor: Buffer.from(`["${id()}","${id()}",-1]`).toString('base64url') }],
  ['both ways to name rooms', { only: [id()], until: id() }],
  ['more than a hundred rooms alone', { only: Array.from({ length: 101 }, id) }],
])('refuses %s', async (_, body) => {
  expect((await bob.refused('sync', body)).code).toBe('invalid_input');
  expect((await bob.person.post('/sync', body)).status).toBe(422);
});
