// How many rooms an account may make, and how many people it may put into rooms, within an hour.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SocketError } from '../../src/contract/ack.dto.js';
import { connect, disconnectAll } from '../setup/chatters.js';
import { newPerson, type Answer, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { expectProblem } from '../setup/wire.js';

let server: TestServer;
let admin: Person;
let others: Person[];

beforeAll(async () => {
  server = await startServer({ RATE_LIMITS: 'on', ROOMS_PER_HOUR: '4', ADDED_MEMBERS_PER_HOUR: '6' });
  admin = await newPerson(server, 'admin');
  others = [];
  for (let n = 0; n < 12; n += 1) others.push(await newPerson(server, `other${n}`));
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

const idsOf = (people: Person[]): string[] => people.map(({ user }) => user.id);
const statuses = (answers: Answer[]): number[] => answers.map(({ status }) => status).sort();
const makeRoom = (person: Person, members: Person[] = []) => person.post('/rooms', { name: 'A room', kind: 'private', memberIds: idsOf(members) });
const roomsOf = async ({ user }: Person): Promise<number> =>
  (await server.db.query<{ n: number }>('SELECT count(*)::int AS n FROM memberships WHERE user_id = $1', [user.id]))[0].n;

function expectHourToWait(answer: Answer): void {
  expect(answer.status).toBe(429);
  expectProblem(answer, 'rate_limited');
  const seconds = Number(answer.headers.get('retry-after'));
  expect([seconds > 3000, seconds <= 3600]).toEqual([true, true]);
}

describe('rooms that an account makes', () => {
  it('are counted exactly, of many at once', async () => {
    const maker = await newPerson(server, 'parallel');
    const answers = await Promise.all(Array.from({ length: 12 }, () => makeRoom(maker)));
    expect(statuses(answers)).toEqual([...Array.from({ length: 4 }, () => 201), ...Array.from({ length: 8 }, () => 429)]);
    expect(await roomsOf(maker)).toBe(1 + 4);
  });

  it('are counted together, whichever way they are made, and what exists already is not counted', async () => {
    const maker = await newPerson(server, 'waysaround');
    const socket = await connect(server, maker);
    expect((await makeRoom(maker)).status).toBe(201);
    await socket.ask('join_room', { room: 'made by joining', create: true });
    await socket.ask('join_room', { room: 'made by joining', create: true });
    expect((await maker.put(`/dms/${others[0].user.id}`)).status).toBe(201);
    expect((await maker.post('/messages', { receiverId: others[1].user.id, text: 'hello' })).status).toBe(201);
    const refused: SocketError = await socket.refused('join_room', { room: 'one too many', create: true });
    expect(refused).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: expect.any(Number) });
    expectHourToWait(await makeRoom(maker));
    expectHourToWait(await maker.put(`/dms/${others[2].user.id}`));
    expectHourToWait(await maker.post('/messages', { receiverId: others[2].user.id, text: 'hello' }));
    expect((await maker.put(`/dms/${others[0].user.id}`)).status).toBe(200);
    expect((await maker.post('/messages', { receiverId: others[1].user.id, text: 'again' })).status).toBe(201);
    await socket.ask('join_room', { room: 'made by joining', create: true });
    expect(await server.db.query(`SELECT 1 FROM rooms WHERE slug = 'one-too-many'`)).toEqual([]);
  });

  it('are not limited for administrators', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => makeRoom(admin, others.slice(0, 3))));
    expect(new Set(statuses(answers))).toEqual(new Set([201]));
  });
});

describe('people whom an account puts into rooms', () => {
  it('are counted exactly, of many at once, and whoever is in already is not counted', async () => {
    const maker = await newPerson(server, 'inviter');
    const { body: room } = await makeRoom(maker);
    const add = (person: Person) => maker.post(`/rooms/${room.id}/members`, { userId: person.user.id });
    const answers = await Promise.all(others.map(add));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(6);
    answers.filter(({ status }) => status !== 201).forEach(expectHourToWait);
    const [{ n }] = await server.db.query<{ n: number }>('SELECT count(*)::int AS n FROM memberships WHERE room_id = $1', [room.id]);
    expect(n).toBe(1 + 6);
    const inside = others.filter((_, i) => answers[i].status === 201);
    expect((await add(inside[0])).status).toBe(201);
  });

  it('are counted before a room is made with them', async () => {
    const maker = await newPerson(server, 'gatherer');
    expect((await makeRoom(maker, others.slice(0, 5))).status).toBe(201);
    const before = await roomsOf(others[0]);
    expectHourToWait(await makeRoom(maker, others.slice(0, 2)));
    expect([await roomsOf(maker), await roomsOf(others[0])]).toEqual([1 + 1, before]);
    expect((await makeRoom(maker, others.slice(0, 1))).status).toBe(201);
  });
});

describe('without limits', () => {
  it('anybody makes as many rooms as they like', async () => {
    const free = await startServer({ ROOMS_PER_HOUR: '1', ADDED_MEMBERS_PER_HOUR: '1' });
    try {
      await newPerson(free, 'admin');
      const maker = await newPerson(free, 'maker');
      expect(statuses(await Promise.all([makeRoom(maker), makeRoom(maker), makeRoom(maker)]))).toEqual([201, 201, 201]);
    } finally {
      await free.close();
    }
  });
});
