import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Room } from '../../src/contract/room.dto.js';
import type { SyncReply } from '../../src/contract/sync.dto.js';
import { newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { statementsDuring } from '../setup/statements.js';

let server: TestServer;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  server = await startServer();
  [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
});
afterAll(() => server.close());

it('brings an absence of 20,000 changes to an end in bounded replies, of one query each', async () => {
  const room = (await alice.post<Room>('/rooms', { name: 'Room', kind: 'private', memberIds: [bob.user.id] })).body;
  const { epoch, rev: had } = room.position;
  await server.db.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT $1, n, gen_random_uuid(), $2 + n, $3, gen_random_uuid(), 'message ' || n, 0, now() + n * interval '1 microsecond' FROM generate_series(1, 20000) AS n`,
    [room.id, had, alice.user.id]);
  await server.db.query('UPDATE rooms SET last_seq = 20000, rev = rev + 20000 WHERE id = $1', [room.id]);
  const seen: number[] = [];
  let rev = had;
  const statements = await statementsDuring(async () => {
    for (let more = true; more;) {
      const { body } = await bob.post<SyncReply>('/sync', { rooms: { [room.id]: { epoch, rev } }, limit: 1000 });
      const changes = body.rooms.find(({ room: { id: of } }) => of === room.id);
      expect(changes?.messages.length).toBeLessThanOrEqual(1000);
      seen.push(...(changes?.messages.map(({ seq }) => seq) ?? []));
      [rev, more] = [changes?.to ?? 0, changes?.hasMore === true];
    }
  });
  expect(seen).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
  expect(rev).toBe(had + 20_000);
  const ofSync = statements.filter((sql) => /messages|memberships/.test(sql));
  expect(ofSync.filter((sql) => !sql.includes('WITH RECURSIVE page AS'))).toEqual([]);
  expect(ofSync.length).toBeLessThanOrEqual(30);
});
