// A send that has to wait for a lock is judged and numbered by what is there when the wait is over, alone or in a batch.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { RequestReply } from '../../src/contract/events.js';
import type { Message } from '../../src/contract/message.dto.js';
import { disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Chatter;
let somebody: pg.Client;
let n = 0;

beforeAll(async () => {
  server = await startServer();
  alice = await newChatter(server, 'alice');
  somebody = new pg.Client({ connectionString: server.db.url });
  await somebody.connect();
});
afterAll(async () => {
  await somebody.end();
  disconnectAll();
  await server.close();
});

const newRoom = async (): Promise<string> => (await alice.ask('join_room', { room: `waiting-${(n += 1)}`, create: true })).room.id;

/** Sends while somebody else changes the room or who is in it, in a transaction for which the send has to wait. */
async function sendDuring(change: string, roomId: string, count: number): Promise<(Message | string)[]> {
  await somebody.query('BEGIN');
  await somebody.query(change, [roomId]);
  const sending = Promise.all(Array.from({ length: count }, () => alice.raw<RequestReply<'new_message'>>('new_message', { roomId, clientId: id(), text: 'waiting' })));
  let settled = false;
  void sending.finally(() => { settled = true; });
  await pause(500);
  expect(settled).toBe(false);
  await somebody.query('COMMIT');
  return (await sending).map((ack) => (ack.ok ? ack.data.message : ack.error.code));
}

describe.each([['alone', 1], ['in a batch', 3]])('%s', (_, count) => {
  const all = (code: string): string[] => Array.from({ length: count }, () => code);

  it.each([
    ['room_archived', 'the room is archived', 'UPDATE rooms SET archived_at = now() WHERE id = $1'],
    ['not_a_member', 'the sender is removed', 'UPDATE memberships SET left_at = now() WHERE room_id = $1'],
    ['banned', 'the sender is banned', 'UPDATE memberships SET banned_at = now() WHERE room_id = $1'],
  ])('is refused with %s when %s meanwhile', async (code, __, change) => {
    expect(await sendDuring(change, await newRoom(), count)).toEqual(all(code));
  });

  it('goes on from where the room stands then', async () => {
    const roomId = await newRoom();
    const { message: before } = await alice.ask('new_message', { roomId, clientId: id(), text: 'before' });
    const sent = (await sendDuring('UPDATE rooms SET rev = rev + 5 WHERE id = $1', roomId, count)) as Message[];
    expect(sent.map(({ seq, rev }) => [seq - before.seq, rev - before.rev]).sort()).toEqual(sent.map((__, i) => [i + 1, i + 6]));
  });
});
