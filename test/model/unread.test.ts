import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Room } from '../../src/contract/room.dto.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { unreadOf } from '../setup/replica.js';
import { startServer, type TestServer } from '../setup/server.js';
import { Random } from './random.js';

let server: TestServer;
let alice: Chatter;
let bob: Chatter;
let bobsPhone: Chatter;

beforeAll(async () => {
  server = await startServer();
  [alice, bob] = [await newChatter(server, 'alice'), await newChatter(server, 'bob')];
  bobsPhone = await connect(server, await bob.person.anotherDevice());
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

async function roomOfTwo(): Promise<Room> {
  return (await alice.person.post<Room>('/rooms', { name: 'Two', kind: 'private', memberIds: [bob.id] })).body;
}

const send = async (who: Chatter, roomId: string) => (await who.ask('new_message', { roomId, clientId: id(), text: 'hello' })).message;

describe('reading', () => {
  it('moves the marker on all my devices, and tells the other one', async () => {
    const room = await roomOfTwo();
    for (let i = 0; i < 3; i += 1) await send(alice, room.id);
    expect(await bob.ask('mark_read', { roomId: room.id, seq: 2 })).toEqual({ readSeq: 2, unread: 1 });
    for (const device of [bobsPhone, alice]) expect(await device.next('read')).toEqual({ roomId: room.id, userId: bob.id, readSeq: 2 });
    expect(await bob.ask('mark_read', { roomId: room.id, seq: 1 })).toEqual({ readSeq: 2, unread: 1 });
    expect((await unreadOf(bob.person, false))[room.id]).toEqual({ readSeq: 2, unread: 1 });
  });

  it('tells my device once, also when it does not hear the room at the moment', async () => {
    const room = await roomOfTwo();
    await send(alice, room.id);
    await bobsPhone.ask('leave_room', { roomId: room.id });
    await bob.ask('mark_read', { roomId: room.id, seq: 1 });
    for (const device of [bob, bobsPhone]) expect(await device.next('read', ({ roomId }) => roomId === room.id)).toMatchObject({ userId: bob.id, readSeq: 1 });
    await bob.refused('leave_room', { roomId: id() });
    expect(bob.all('read', room.id)).toHaveLength(1);
  });

  it('is never negative, also when my own message overtakes my mark', async () => {
    const room = await roomOfTwo();
    await send(alice, room.id);
    await server.db.query('BEGIN');
    await server.db.query(`INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at) VALUES ($1, 2, $2, 4, $3, $2, 'overtakes', 0, now())`, [room.id, id(), bob.id]);
    await server.db.query('UPDATE rooms SET last_seq = 2, rev = 4 WHERE id = $1', [room.id]);
    await server.db.query('UPDATE memberships SET read_seq = 2 WHERE room_id = $1 AND user_id = $2', [room.id, bob.id]);
    const marked = bob.ask('mark_read', { roomId: room.id, seq: 1 });
    while ((await server.db.query('SELECT 1 FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))')).length === 0) await pause(10);
    await server.db.query('COMMIT');
    expect(await marked).toEqual({ readSeq: 2, unread: 0 });
  });
});

/** Readers × devices, each step followed by a recount. */
describe('a random walk', () => {
  it.each([1, 2, 3, 4, 5])('keeps counters = recount at every step, seed %i', async (seed) => {
    const [random, room] = [new Random(seed), await roomOfTwo()];
    const ids: { id: string; sender: Chatter }[] = [];
    const seen: number[] = [];
    for (let step = 0; step < 60; step += 1) {
      const who = random.pick([alice, bob, bobsPhone]) ?? alice;
      const what = random.weighted({ send: 5, read: 4, delete: 2 });
      const target = random.pick(ids);
      if (what === 'send') ids.push({ id: (await send(who, room.id)).id, sender: who });
      else if (what === 'read') seen.push((await who.ask('mark_read', { roomId: room.id, seq: random.below(ids.length + 3) })).unread);
      else if (target) await target.sender.ask('delete_message', { messageId: target.id });
      for (const { person } of [alice, bob]) {
        const counted = await unreadOf(person, false);
        expect(counted).toEqual(await unreadOf(person, true));
        seen.push(...Object.values(counted).map(({ unread }) => unread));
      }
    }
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
  });
});
