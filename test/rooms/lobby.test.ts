import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RoomsService } from '../../src/rooms/rooms.service.js';
import { disconnectAll, newChatter } from '../setup/chatters.js';
import { startServer, type TestServer } from '../setup/server.js';
import { statementsDuring } from '../setup/statements.js';

let server: TestServer;

beforeAll(async () => { server = await startServer(); });
afterAll(async () => {
  disconnectAll();
  await server.close();
});

it('takes in everybody who missed it in a few statements, each with a revision of their own, and announces them', async () => {
  const alice = await newChatter(server, 'alice');
  await server.db.query(
    `INSERT INTO users (id, username, username_key, name, email, email_key, search_text)
     SELECT gen_random_uuid(), 'stray' || n, 'stray' || n, 'Stray', 'stray' || n || '@example.org', 'stray' || n || '@example.org', 'stray' FROM generate_series(1, 1200) AS n`);
  const statements = await statementsDuring(() => server.app.get(RoomsService).onApplicationBootstrap());
  expect(statements.length).toBeLessThan(30);
  const revs = await server.db.query<{ rev: string }>(`SELECT m.rev FROM memberships m JOIN rooms r ON r.id = m.room_id WHERE r.slug = 'lobby' ORDER BY m.rev`);
  expect(revs.map(({ rev }) => Number(rev))).toEqual(Array.from({ length: 1201 }, (_, i) => i + 1));
  const [lobby] = await server.db.query<{ rev: string }>(`SELECT rev FROM rooms WHERE slug = 'lobby'`);
  expect(Number(lobby?.rev)).toBe(1201);
  expect(await alice.next('member_joined', ({ rev }) => rev === 1201)).toMatchObject({ member: { role: 'member' } });
});
