// Somebody holds one room, as with BEGIN and SELECT … FOR UPDATE in psql: nobody else waits for it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { RequestReply } from '../../src/contract/events.js';
import type { Message } from '../../src/contract/message.dto.js';
import { disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { freshDatabase } from '../setup/database.js';
import { passageTo } from '../setup/frozen.js';
import { startServer, type TestServer } from '../setup/server.js';
import { until } from '../setup/until.js';

let server: TestServer;
let alice: Chatter;
let bob: Chatter;
let psql: pg.Client;
let n = 0;

beforeAll(async () => {
  server = await startServer({ DATABASE_POOL: '4' });
  [alice, bob] = [await newChatter(server, 'alice'), await newChatter(server, 'bob')];
  psql = new pg.Client({ connectionString: server.db.url });
  await psql.connect();
});
afterEach(() => psql.query('ROLLBACK'));
afterAll(async () => {
  await psql.end();
  disconnectAll();
  await server.close();
});

const newRoom = async (): Promise<string> => {
  const { room } = await alice.ask('join_room', { room: `held-${(n += 1)}`, create: true });
  await bob.ask('join_room', { room: room.id });
  return room.id;
};
const hold = async (table: 'rooms' | 'memberships', where: string, values: string[]): Promise<void> => {
  await psql.query('BEGIN');
  await psql.query(`SELECT FROM ${table} WHERE ${where} FOR UPDATE`, values);
};
const holdRoom = (roomId: string): Promise<void> => hold('rooms', 'id = $1', [roomId]);

/** What became of a send, once that is known. */
interface Sending {
  outcome?: Message | string;
  settled: Promise<Message | string>;
}

function send(who: Chatter, roomId: string, text = 'hello', clientId: string = id()): Sending {
  const settled = who.raw<RequestReply<'new_message'>>('new_message', { roomId, clientId, text }).then((ack) => (ack.ok ? ack.data.message : ack.error.code));
  const sending: Sending = { settled };
  void settled.then((outcome) => { sending.outcome = outcome; });
  return sending;
}

const textsIn = async (roomId: string): Promise<string[]> => (await server.db.query<{ text: string }>('SELECT text FROM messages WHERE room_id = $1 ORDER BY seq', [roomId])).map(({ text }) => text);

describe('while a room is held', () => {
  it.each([['alone', 1], ['in a batch', 5]])('sends to other rooms do not wait for it, %s', async (_, count) => {
    const [held, other] = [await newRoom(), await newRoom()];
    await holdRoom(held);
    const waiting = send(alice, held);
    for (let round = 0; round < 5; round += 1) {
      const sent = await Promise.all(Array.from({ length: count }, () => send(bob, other).settled));
      expect(sent).toEqual(sent.map((): unknown => expect.objectContaining({ roomId: other })));
    }
    expect(waiting.outcome).toBeUndefined();
    await psql.query('COMMIT');
    expect(await waiting.settled).toMatchObject({ roomId: held, seq: 1 });
  });

  it('its own sends are stored after it was released, in order, each once', async () => {
    const held = await newRoom();
    await holdRoom(held);
    const again = id();
    const sendings = [send(alice, held, 'first', again), send(alice, held, 'second'), send(alice, held, 'first', again), send(alice, held, 'third')];
    expect(await send(bob, await newRoom()).settled).toMatchObject({ seq: 1 });
    sendings.push(send(alice, held, 'fourth'));
    await psql.query('COMMIT');
    const outcomes = (await Promise.all(sendings.map(({ settled }) => settled))) as Message[];
    expect(outcomes.map(({ seq }) => seq)).toEqual([1, 2, 1, 3, 4]);
    expect(await textsIn(held)).toEqual(['first', 'second', 'third', 'fourth']);
    expect(await send(alice, held, 'fifth').settled).toMatchObject({ seq: 5 });
  });

  it('for long its sends are refused as safe to try again, and are not stored later', async () => {
    const held = await newRoom();
    await holdRoom(held);
    const [bySocket, byRest] = [send(alice, held, 'socket'), alice.person.post(`/rooms/${held}/messages`, { text: 'rest' })];
    expect(await bySocket.settled).toBe('unavailable');
    expect(await byRest).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await psql.query('COMMIT');
    expect(await send(alice, held, 'after').settled).toMatchObject({ seq: 1 });
    expect(await textsIn(held)).toEqual(['after']);
  });

  it('changes that wait for it leave connections for the others, and are refused as unavailable', async () => {
    const [held, other] = [await newRoom(), await newRoom()];
    const message = (await send(alice, held).settled) as Message;
    await holdRoom(held);
    const edits = Array.from({ length: 12 }, (_, i) => alice.raw('edit_message', { messageId: message.id, text: `edit ${i}` }));
    for (let round = 0; round < 10; round += 1) {
      expect(await send(bob, other).settled).toMatchObject({ roomId: other });
      expect((await bob.person.get(`/rooms/${other}/messages`)).status).toBe(200);
    }
    const refused = (await Promise.all(edits)).map((ack) => (ack.ok ? 'done' : ack.error.code));
    expect(refused).toEqual(refused.map(() => 'unavailable'));
    await psql.query('COMMIT');
    expect((await alice.ask('edit_message', { messageId: message.id, text: 'edited' })).message).toMatchObject({ text: 'edited' });
  });
});

it('a membership that is held delays nobody but its owner', async () => {
  const roomId = await newRoom();
  await hold('memberships', 'room_id = $1 AND user_id = $2', [roomId, alice.id]);
  const waiting = [send(alice, roomId, 'one'), send(alice, roomId, 'two')];
  for (let round = 0; round < 5; round += 1) expect(await send(bob, roomId, 'bob').settled).toMatchObject({ roomId });
  expect(waiting.map(({ outcome }) => outcome)).toEqual([undefined, undefined]);
  await psql.query('COMMIT');
  expect(await Promise.all(waiting.map(({ settled }) => settled))).toMatchObject([{ seq: 6, text: 'one' }, { seq: 7, text: 'two' }]);
});

it('a send that is on its way when its time is over has an unknown outcome; what waits behind it has not', async () => {
  const db = await freshDatabase();
  const passage = await passageTo(db.url);
  const behind = await startServer({ DATABASE_URL: passage.url });
  const carol = await newChatter(behind, 'carol');
  const { room } = await carol.ask('join_room', { room: 'frozen', create: true });
  await send(carol, room.id, 'before').settled;
  passage.freeze();
  const first = send(carol, room.id, 'under way');
  await until(() => carol.socket.connected);
  await new Promise((resolve) => { setTimeout(resolve, 300); });
  const second = send(carol, room.id, 'waits');
  expect(await Promise.all([first.settled, second.settled])).toEqual(['outcome_unknown', 'unavailable']);
  passage.thaw();
  await until(async () => typeof (await send(carol, room.id, 'after').settled) === 'object', 60_000);
  const texts = (await db.query<{ text: string }>('SELECT DISTINCT text FROM messages ORDER BY text')).map(({ text }) => text);
  expect(texts).not.toContain('waits');
  await behind.close();
  await passage.close();
  await db.drop();
});
