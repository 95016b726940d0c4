import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Member, MemberPage, Room } from '../../src/contract/room.dto.js';
import { connect } from '../setup/chatters.js';
import { addCrowd } from '../setup/crowd.js';
import { newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let owner: Person;
let late: Person;
let room: Room;

beforeAll(async () => {
  server = await startServer();
  [owner, late] = [await newPerson(server, 'olaf'), await newPerson(server, 'late')];
  room = (await owner.post<Room>('/rooms', { name: 'Stadium', kind: 'public', slug: 'stadium' })).body;
  await addCrowd(server, room.id, 230);
  await owner.post(`/rooms/${room.id}/members`, { userId: late.user.id });
  await owner.patch(`/rooms/${room.id}/members/${late.user.id}`, { role: 'moderator' });
});
afterAll(() => server.close());

async function pages(query: string): Promise<MemberPage[]> {
  const all: MemberPage[] = [];
  for (let cursor = ''; all.length === 0 || cursor !== '';) {
    const { status, body } = await owner.get<MemberPage>(`/rooms/stadium/members?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    all.push(body);
    cursor = body.nextCursor ?? '';
  }
  return all;
}

describe('the members of a large room', () => {
  it('come page by page: owners, moderators, members, with their names and how many there are', async () => {
    const found = await pages('limit=100');
    expect(found.map(({ members, users, total }) => [members.length, users.length, total])).toEqual([[100, 100, 232], [100, 100, 232], [32, 32, 232]]);
    const users = found.flatMap((page) => page.users);
    expect(found.flatMap(({ members }) => members.map(({ userId }) => userId))).toEqual(users.map(({ id }) => id));
    expect([users[0]?.username, users[1]?.username, users[2]?.username, users.at(-1)?.username]).toEqual(['olaf', 'late', 'crowd-0001', 'crowd-0230']);
    expect(new Set(users.map(({ id }) => id)).size).toBe(232);
  });

  it('are shown first who stands first, to whoever opens the room and to whoever is new in it', async () => {
    const ids = (members: Member[]): string[] => members.map(({ userId }) => userId);
    const listed = ids((await pages('limit=100')).flatMap(({ members }) => members));
    const chatter = await connect(server, owner);
    const opened = async (members?: number) => ids((await chatter.ask('join_room', { room: room.id, members })).members);
    for (const [asked, shown] of [[undefined, 50], [0, 0], [7, 7], [200, 200]]) expect(await opened(asked)).toEqual(listed.slice(0, shown));
    for (const members of [-1, 201, 1.5, '7']) expect((await chatter.refused('join_room', { room: room.id, members })).code).toBe('invalid_input');
    const { rooms } = await chatter.ask('sync', { rooms: {} });
    chatter.leave();
    expect(new Set(ids(rooms.find((one) => one.room.id === room.id)?.members ?? []))).toEqual(new Set(listed.slice(0, 200)));
  });

  it.each([
    ['crowd-022', 10, ['crowd-0220', 'crowd-0221', 'crowd-0222', 'crowd-0223']],
    ['0117', 1, ['crowd-0117']], // any word of the name
    ['OLÁF', 1, ['olaf']],
    ['rowd', 0, []], // not the beginning of a word
    ['%', 0, []],
    ['_rowd', 0, []],
  ])('are found by the beginning of a name: %s', async (query, total, first) => {
    const found = await pages(`limit=4&query=${encodeURIComponent(query)}`);
    expect([found[0]?.total, found[0]?.users.map(({ username }) => username)]).toEqual([total, first]);
    expect(found.reduce((sum, { members }) => sum + members.length, 0)).toBe(total);
  });

  const someone = '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f';
  it.each<[string, unknown]>([
    ['a word', 'x'],
    ['too little', [1]],
    ['a day for a time', [1, '2026-11-20', 'x']],
    ['a rank beyond all', [1e9, '2026-11-20T09:30:00.123456Z', '00000000-0000-0000-0000-000000000000']],
    ['a day that no month has', [3, '2026-02-30T00:00:00.000000Z', someone]],
    ['a year that never was', [3, '0000-01-01T00:00:00.000000Z', someone]],
    ['nobody', [3, '2026-01-01T00:00:00.000000Z', '-'.repeat(36)]],
  ])('are not listed from a place that nobody was told: %s', async (_, place) => {
    const cursor = typeof place === 'string' ? place : Buffer.from(JSON.stringify(place)).toString('base64url');
    expect((await owner.get(`/rooms/stadium/members?cursor=${cursor}`)).status).toBe(422);
  });

  it('no longer hold whoever left', async () => {
    await late.post('/rooms/stadium/leave');
    expect((await pages('limit=100')).map(({ total }) => total)).toEqual([231, 231, 231]);
    expect((await pages('query=late'))[0]).toMatchObject({ members: [], total: 0 });
  });
});
