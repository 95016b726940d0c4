// How PostgreSQL would go about what comes with every message and every connection, where most rooms are small and one is not.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { liveSessionSql } from '../../src/auth/sessions.repository.js';
import { appendOne } from '../../src/messages/append-one.sql.js';
import { appendTrusting } from '../../src/messages/append-trusting.sql.js';
import { appendSql, type Append } from '../../src/messages/append.sql.js';
import { openingSql, syncOnlySql, syncSql } from '../../src/messages/sync.sql.js';
import { profilesSql } from '../../src/users/users.repository.js';
import { isMemberSql, largerSql, memberPageSql, partnersSql, roomIdsSql } from '../../src/rooms/members.repository.js';
import { findRoomSql, markerSql, markReadSql } from '../../src/rooms/rooms.repository.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
  await db.query(
    `INSERT INTO users (id, username, username_key, name, email, email_key, search_text)
     SELECT gen_random_uuid(), n, n, n, n, n, n FROM generate_series(1, 2500) AS i, LATERAL (SELECT i::text) AS x(n)`);
  await db.query(
    `INSERT INTO sessions (id, user_id, family_hash, refresh_hash, rotated_at, created_at, last_used_at, expires_at)
     SELECT id, id, uuid_send(id), uuid_send(id), now(), now(), now(), now() + interval '1 day' FROM users`);
  await db.query(`INSERT INTO rooms (id, kind, name, epoch) SELECT id, 'public', 'Small', id FROM users WHERE username::int <= 2000`);
  await db.query(`INSERT INTO rooms (id, kind, name, epoch) VALUES (gen_random_uuid(), 'public', 'Large', gen_random_uuid())`);
  await db.query(`INSERT INTO memberships (room_id, user_id, rev) SELECT id, id, 1 FROM rooms WHERE name = 'Small'`);
  await db.query(`INSERT INTO memberships (room_id, user_id, rev) SELECT r.id, u.id, 1 FROM rooms r, users u WHERE r.name = 'Large' AND u.username::int > 2000`);
  await db.query('ANALYZE');
  await db.query('SET plan_cache_mode = force_generic_plan');
});
afterAll(() => db.drop());

const one: Append = { id: '', roomId: '', senderId: '', clientId: '', text: '', replyTo: null, knownMember: () => true };

async function planOf(sql: string): Promise<string[]> {
  await db.query(`PREPARE statement AS ${sql}`);
  const [{ n }] = await db.query<{ n: number }>(`SELECT cardinality(parameter_types) AS n FROM pg_prepared_statements WHERE name = 'statement'`);
  const plan = await db.query<Record<'QUERY PLAN', string>>(`EXPLAIN EXECUTE statement(${Array.from({ length: n }, () => 'NULL').join()})`);
  await db.query('DEALLOCATE statement');
  return plan.map((row) => row['QUERY PLAN']);
}

it.each([
  ['a batch', appendTrusting([one]).text],
  ['a batch that was refused', appendSql],
  ['a message that is alone', appendOne({ ...one, knownMember: () => false }).text],
  ['a message of somebody who is known to be there', appendOne(one).text],
  ['somebody who has read', markReadSql],
  ['somebody who asks how much is unread', markerSql],
  ['somebody who types', isMemberSql],
])('with %s members are looked up by room and person at once', async (_, sql) => {
  const plan = await planOf(sql);
  const scans = plan.flatMap((line, i) => (/Scan .*on memberships/.test(line) ? [[line, plan[i + 1]]] : []));
  expect(scans.length).toBeGreaterThan(0);
  for (const [scan, condition] of scans) {
    expect(scan).toMatch(/ using memberships_(pkey|user) /);
    expect(condition).toMatch(/Index Cond: .*(room_id = .*user_id = |user_id = .*room_id = )/);
  }
});

it.each([
  ['the session of a connection', liveSessionSql],
  ['the rooms of somebody who connects', roomIdsSql],
  ['those who are told that somebody came', partnersSql],
  ['whether a room is large', largerSql],
  ['a room by its id', findRoomSql('id')],
  ['a room by its slug', findRoomSql('slug')],
  ['the private chat of two', findRoomSql('direct_key')],
  ['who people are', profilesSql],
])('%s: nothing is read from one end to the other', async (_, sql) => {
  const plan = await planOf(sql);
  expect(plan.filter((line) => line.includes('Index')).length).toBeGreaterThan(0);
  expect(plan.filter((line) => line.includes('Seq Scan'))).toEqual([]);
});

it('whoever opens a room is shown people who are looked up one by one, and not read from one end to the other', async () => {
  expect((await planOf(openingSql)).filter((line) => /Seq Scan on (users|rooms)/.test(line))).toEqual([]);
});

it.each([
  ['opens a room', openingSql],
  ['turns the pages of its list', memberPageSql],
])('whoever %s is shown some of its members, and the others are neither read nor sorted', async (_, sql) => {
  const plan = await planOf(sql);
  const [line, ...more] = plan.flatMap((text, i) => (text.includes('using memberships_in_order') ? [i] : []));
  expect(more).toEqual([]);
  expect(plan.slice(0, line).findLast((text) => !text.includes('Filter'))).toMatch(/Limit|Result/);
});

it.each([
  ['of all rooms', syncSql],
  ['of some rooms', syncOnlySql],
])('a sync %s reads rooms, members and messages by their keys, and stops where the page is full', async (_, sql) => {
  await db.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT id, 1, gen_random_uuid(), 2, id, gen_random_uuid(), 'message', 0, now() FROM rooms ON CONFLICT DO NOTHING`);
  await db.query('VACUUM (ANALYZE) messages, memberships, rooms');
  const plan = await planOf(sql);
  expect(plan.filter((line) => line.includes('Seq Scan'))).toEqual([]);
  const ofMembers = plan.flatMap((line, i) => (/Scan .*on memberships/.test(line) ? [plan[i + 1] ?? ''] : []));
  expect(ofMembers.length).toBeGreaterThan(4);
  for (const condition of ofMembers) expect(condition).toMatch(/Index Cond: .*(room_id (=|>) |ROW\(user_id, room_id\) > )/);
  const inOrder = plan.flatMap((line, i) => (line.includes('using memberships_in_order') ? [i] : []));
  for (const at of inOrder) expect(plan.slice(0, at).findLast((text) => !text.includes('Filter'))).toMatch(/Limit|Result/);
});
