import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { UnreadTotals } from '../../src/contract/read.dto.js';
import type { MyRooms } from '../../src/contract/room.dto.js';
import { addRooms, sayInAll } from '../setup/many-rooms.js';
import { newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Person;
let roomIds: string[];

beforeAll(async () => {
  server = await startServer();
  alice = await newPerson(server, 'alice');
  roomIds = await addRooms(server, alice.user.id, 250);
});
afterAll(() => server.close());

async function pagesOf<Page extends { nextCursor: string | null }>(path: string): Promise<Page[]> {
  const pages: Page[] = [];
  for (let cursor: string | null | undefined; cursor !== null && pages.length < 300;) {
    const { body } = await alice.get<Page>(cursor === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`);
    pages.push(body);
    cursor = body.nextCursor;
  }
  return pages;
}

it.each(['/rooms', '/rooms?limit=30'])('%s shows every room of mine once, those with the latest messages first', async (path) => {
  const pages = await pagesOf<MyRooms>(path);
  const rooms = pages.flatMap((page) => page.rooms.map(({ room }) => room));
  expect(new Set(rooms.map(({ id }) => id)).size).toBe(251);
  expect(rooms).toHaveLength(251);
  const times = rooms.map(({ lastMessageAt, createdAt }) => lastMessageAt ?? createdAt);
  expect(times).toEqual([...times].sort().reverse());
  expect(pages.length).toBe(path.includes('30') ? 9 : 2);
});

it('a page of rooms whose last messages are long stays below 1 MB', async () => {
  await sayInAll(server, alice.user.id, roomIds, { text: '"'.repeat(4000), times: 1 });
  const pages = await pagesOf<MyRooms>('/rooms?limit=200');
  expect(pages.flatMap((page) => page.rooms)).toHaveLength(251);
  for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(1_000_000);
});

it('what is unread comes page by page, with the sum over all rooms on each', async () => {
  const pages = await pagesOf<UnreadTotals>('/users/me/unread?limit=100');
  expect(pages.map(({ rooms, total }) => [rooms.length, total])).toEqual([[100, 500], [100, 500], [51, 500]]);
  expect(pages.flatMap(({ rooms }) => rooms.map(({ roomId }) => roomId))).toEqual(expect.arrayContaining(roomIds));
});

it.each(['/rooms?cursor=abc', '/rooms?limit=201', '/users/me/unread?cursor=abc', `/rooms?cursor=${Buffer.from('["now","x"]').toString('base64url')}`])('refuses %s', async (path) => {
  expect((await alice.get(path)).status).toBe(422);
});
