import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { Room } from '../../../src/contract/room.dto.js';
import { connect, disconnectAll, id, type Chatter } from '../../setup/chatters.js';
import { Cluster } from '../../setup/cluster.js';
import { newPerson, password, type Person } from '../../setup/people.js';
import { say, type ServerProcess } from '../../setup/server-process.js';
import { until } from '../../setup/until.js';

// Who loses a session or a room at one node soon hears nothing more at the other: a witness there goes on talking, and the
// last of those words that still came through tells when the stream was cut.
const quietMs = 3000;
let cluster: Cluster;
let here: ServerProcess;
let there: ServerProcess;
let alice: Person;
let witness: Chatter;
let n = 0;

interface Victim {
  what: string;
  room: Room;
  socket: Chatter;
  end(): Promise<{ status: number }>;
}

beforeAll(async () => {
  cluster = await Cluster.start({ settings: { NODE_ENV: 'test' } });
  [here, there] = cluster.nodes as [ServerProcess, ServerProcess];
  alice = await newPerson(here, 'alice'); // The first one here, and so the admin.
  witness = await connect(there, await newPerson(there, 'witness'));
});
afterAll(async () => {
  disconnectAll();
  await cluster?.close();
});

const ends: Record<string, (bob: Person, room: Room, elsewhere: Person) => Promise<{ status: number }>> = {
  'logout': (bob) => bob.post('/auth/logout'),
  'logout everywhere': (_, __, elsewhere) => elsewhere.post('/auth/logout-all'),
  'a change of password': (_, __, elsewhere) => elsewhere.post('/auth/password', { current: password, next: 'another horse entirely' }),
  'the account being disabled': (bob) => alice.put(`/users/${bob.user.id}/disabled`, { disabled: true }),
  'a kick': (bob, room) => alice.delete(`/rooms/${room.id}/members/${bob.user.id}`),
  'a ban': (bob, room) => alice.delete(`/rooms/${room.id}/members/${bob.user.id}?ban=true`),
};

/** Everything is said at one node, of somebody whose socket is at the other. */
async function victim(what: string): Promise<Victim> {
  const bob = await newPerson(here, `bob${(n += 1)}`);
  const elsewhere = await bob.anotherDevice();
  const room = (await alice.post<Room>('/rooms', { name: what, kind: 'private', memberIds: [bob.user.id, witness.id] })).body;
  const socket = await connect(there, bob);
  await socket.ask('sync', {});
  return { what, room, socket, end: () => ends[what](bob, room, elsewhere) };
}

/** When the last word came through that the witness said in that room. */
const lastHeard = ({ socket, room }: Victim): number => Math.max(0, ...socket.all('new_message', room.id).map(({ text }) => Number(text)));

/** How long after its end each stream still brought something. */
async function cutAfter(victims: Victim[], patienceMs: number): Promise<Record<string, number>> {
  const talk = (): Promise<unknown> => Promise.all(victims.map(({ room }) => witness.ask('new_message', { roomId: room.id, clientId: id(), text: String(Date.now()) })));
  await talk();
  await until(() => victims.every((one) => lastHeard(one) > 0));
  const answers = await Promise.all(victims.map((one) => one.end()));
  expect(answers.filter(({ status }) => status >= 300)).toEqual([]);
  const began = Date.now();
  const isOver = (): boolean => Date.now() - began > patienceMs + quietMs || (Date.now() - began > quietMs && victims.every((one) => lastHeard(one) < Date.now() - quietMs));
  for (; !isOver(); await pause(250)) await talk();
  return Object.fromEntries(victims.map((one) => [one.what, Math.max(0, lastHeard(one) - began)]));
}

describe.each([['with Redis', 5000], ['while Redis is away', 60_000]])('%s', (when, limitMs) => {
  it(`a logout, kick, ban or changed password at one node ends the stream of the other within ${limitMs / 1000} s`, async () => {
    if (when !== 'with Redis') {
      await cluster.redis.stop();
      await until(async () => (await cluster.ready()).every(({ status }) => status === 'degraded'));
    }
    const victims = await Promise.all(Object.keys(ends).map((what) => victim(what)));
    const cut = await cutAfter(victims, limitMs);
    say(`${when}: ${Object.entries(cut).map(([what, ms]) => `${what} ${ms} ms`).join(', ')}`);
    for (const ms of Object.values(cut)) expect(ms).toBeLessThanOrEqual(limitMs);
    expect(cluster.accidents).toEqual([]);
  });
});
