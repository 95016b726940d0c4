// A batch that nobody is asked about beforehand must come out as one that is looked at message by message.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DatabaseError } from 'pg';
import type { DataSource } from 'typeorm';
import { newId } from '../../src/common/ids.js';
import { StorageHealth } from '../../src/common/storage-health.js';
import type { Appended } from '../../src/messages/append-outcome.js';
import type { Append } from '../../src/messages/append.sql.js';
import { appendTrusting } from '../../src/messages/append-trusting.sql.js';
import { MessagesRepository } from '../../src/messages/messages.repository.js';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf, withConnection } from '../../src/database/pool.js';
import { leanRowsOf } from '../../src/database/prepared.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';
import { allStatementsDuring } from '../setup/statements.js';

/** Five people; rooms of all five, of two, of all but a banned one, of all but one who left, and an archived one; and one that is not there. */
const people = Array.from({ length: 5 }, newId);
const [everybody, two, banned, left, archived, nowhere] = Array.from({ length: 6 }, () => randomUUID()).sort();
const rooms = [everybody, two, banned, left, archived];

interface World {
  db: TestDatabase;
  dataSource: DataSource;
  /** Asks nothing beforehand as long as nothing is refused. */
  messages: MessagesRepository;
}

async function makeWorld(): Promise<World> {
  const db = await freshDatabase();
  await db.query(`INSERT INTO users (id, username, username_key, name, email, email_key, search_text) SELECT id, n, n, n, n, n, n FROM unnest($1::uuid[]) WITH ORDINALITY AS u(id, i), LATERAL (SELECT 'p' || i) AS x(n)`, [people]);
  await db.query(`INSERT INTO rooms (id, kind, name, epoch, archived_at) SELECT id, 'public', 'Room', gen_random_uuid(), CASE WHEN id = $2 THEN now() END FROM unnest($1::uuid[]) AS id`, [rooms, archived]);
  await db.query(
    `INSERT INTO memberships (room_id, user_id, rev, left_at, banned_at)
     SELECT r, p, 1, CASE WHEN r = $3 AND p = $6 THEN now() END, CASE WHEN r = $4 AND p = $6 THEN now() END
     FROM unnest($1::uuid[]) AS r, unnest($2::uuid[]) AS p WHERE r <> $5 OR p = ANY(($2::uuid[])[1:2])`, [rooms, people, left, banned, two, people[4]]);
  const dataSource = await createDataSource({ url: db.url, pool: 3, statementTimeout: 20_000 }).initialize();
  return { db, dataSource, messages: new MessagesRepository(dataSource, new StorageHealth()) };
}

async function endWorld({ db, dataSource, messages }: World): Promise<void> {
  messages.beforeApplicationShutdown();
  await dataSource.destroy();
  await db.drop();
}

const append = (roomId: string, senderId: string, more: Partial<Append> = {}): Append =>
  ({ id: newId(), roomId, senderId, clientId: randomUUID(), text: 'hello', replyTo: null, knownMember: () => false, ...more });
const sendAll = ({ messages }: World, batch: Append[]): Promise<(Appended | string)[]> =>
  Promise.all(batch.map((one) => messages.append(one).catch((error: unknown) => (error as { code: string }).code)));
/** Asked about beforehand, for as long as a batch may take. */
const makeWary = ({ messages }: World): void => { Object.assign(messages, { waryUntil: performance.now() + 60_000 }); };
const makeTrusting = ({ messages }: World): void => { Object.assign(messages, { waryUntil: 0 }); };

/** What must be alike in both worlds: all but times, which only have to rise. */
const plain = (outcome: Appended | string): unknown => (typeof outcome === 'string' ? outcome : { ...outcome, message: { ...outcome.message, createdAt: '' } });
async function standing({ db }: World): Promise<unknown> {
  return [
    await db.query('SELECT id, last_seq, rev FROM rooms ORDER BY id'),
    await db.query('SELECT room_id, user_id, read_seq, rev FROM memberships ORDER BY 1, 2'),
    await db.query('SELECT room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, reply_to_seq FROM messages ORDER BY 1, 2'),
  ];
}

async function expectTimesInOrder({ db }: World): Promise<void> {
  expect(await db.query(`SELECT 1 FROM messages a JOIN messages b ON b.room_id = a.room_id AND b.seq = a.seq + 1 WHERE b.created_at <= a.created_at`)).toEqual([]);
  expect(await db.query(`SELECT 1 FROM rooms r JOIN messages m ON m.room_id = r.id AND m.seq = r.last_seq WHERE m.created_at <> r.last_message_at`)).toEqual([]);
}

describe('a batch', () => {
  let trusting: World;
  let wary: World;
  beforeAll(async () => { [trusting, wary] = [await makeWorld(), await makeWorld()]; });
  afterAll(async () => { await Promise.all([trusting, wary].map(endWorld)); });

  async function expectAlike(batch: Append[]): Promise<(Appended | string)[]> {
    makeTrusting(trusting);
    makeWary(wary);
    const [ours, theirs] = [await sendAll(trusting, batch), await sendAll(wary, batch)];
    expect(ours.map(plain)).toEqual(theirs.map(plain));
    expect(await standing(trusting)).toEqual(await standing(wary));
    await expectTimesInOrder(trusting);
    return ours;
  }

  it('is stored by one statement, and numbered as if each had been looked at', async () => {
    const batch = [everybody, two, everybody, banned, two, everybody].flatMap((room, i) => [append(room, people[i % 2]), append(room, people[0], { text: `"quoted" \\ {${i}}` })]);
    let outcomes: (Appended | string)[] = [];
    const statements = await allStatementsDuring(async () => { outcomes = await expectAlike(batch); });
    expect(statements.filter((sql) => /^WITH (locked|input)/.test(sql)).map((sql) => sql.slice(0, 11))).toEqual(['WITH locked', 'WITH input ']);
    expect(outcomes.map((outcome) => (outcome as Appended).message.seq)).toEqual([1, 2, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6]);
  });

  it('may answer to what was said before, not to what is not there', async () => {
    await expectAlike([append(everybody, people[0], { replyTo: 1 }), append(everybody, people[1]), append(two, people[1], { replyTo: 2 })]);
    expect(await expectAlike([append(everybody, people[0], { replyTo: 1000 }), append(everybody, people[0], { replyTo: 1 })])).toEqual(['invalid_input', expect.anything()]);
  });

  it.each([
    ['an archived room', () => append(archived, people[0]), 'room_archived'],
    ['a room that is not there', () => append(nowhere, people[0]), 'not_found'],
    ['somebody who was banned', () => append(banned, people[4]), 'banned'],
    ['somebody who left', () => append(left, people[4]), 'not_a_member'],
    ['a stranger', () => append(two, people[3]), 'not_a_member'],
  ])('refuses %s and stores the rest', async (_, one, code) => {
    const outcomes = await expectAlike([append(everybody, people[0]), one(), append(two, people[0])]);
    expect(outcomes.map((outcome) => typeof outcome === 'string' ? outcome : 'stored')).toEqual(['stored', code, 'stored']);
  });

  it('finds what was sent before', async () => {
    const first = append(everybody, people[0]);
    await expectAlike([first, append(two, people[0])]);
    const again = await expectAlike([{ ...first, id: newId() }, append(everybody, people[0], { clientId: first.clientId, text: 'another' }), append(two, people[0])]);
    expect(again).toMatchObject([{ duplicate: true, message: { id: first.id } }, 'idempotency_conflict', { duplicate: false }]);
  });

  it('comes out alike whatever is in it', async () => {
    const random = (n: number): number => Math.floor(Math.random() * n);
    const sent: Append[] = [];
    for (let round = 0; round < 60; round += 1) {
      const strange = round % 2 === 0;
      const batch = Array.from({ length: 2 + random(40) }, () => {
        const again = strange && random(30) === 0 ? sent[random(sent.length)] : undefined;
        const [room, person] = strange && random(20) === 0 ? [[...rooms, nowhere][random(6)], people[random(5)]] : [[everybody, two, banned][random(3)], people[random(2)]];
        return append(room, person, { replyTo: random(5) === 0 ? 1 + random(strange ? 200 : 1) : null, text: `${round} ${random(3)}`, ...(again === undefined ? {} : { ...again, id: newId() }) });
      });
      await expectAlike(batch);
      sent.push(...batch);
    }
  });
});

describe('after a refusal', () => {
  let world: World;
  beforeAll(async () => { world = await makeWorld(); });
  afterAll(() => endWorld(world));

  const beginnings = async (batch: Append[]): Promise<string[]> =>
    (await allStatementsDuring(() => sendAll(world, batch))).map((sql) => sql.slice(0, 11)).filter((sql) => sql.startsWith('WITH'));
  const good = (): Append[] => [append(everybody, people[0]), append(two, people[0])];
  const bad = (): Append[] => [append(everybody, people[0]), append(two, people[3])];

  it('the next batches are looked at first, for a while', async () => {
    expect(await beginnings(good())).toEqual(['WITH locked']);
    expect(await beginnings(bad())).toEqual(['WITH locked', 'WITH input ']);
    expect(await beginnings(good())).toEqual(['WITH input ']);
    await new Promise((resolve) => { setTimeout(resolve, 1100); });
    expect(await beginnings(good())).toEqual(['WITH locked']);
  });

  it('nothing of it is left, and nothing that was said is in the error', async () => {
    const before = await standing(world);
    const refused = [append(everybody, people[0], { text: 'a secret' }), append(two, people[3], { text: 'a secret' })];
    const error: unknown = await withConnection(poolOf(world.dataSource), (client) => leanRowsOf(client, appendTrusting(refused))).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code: '22012' });
    expect(JSON.stringify({ ...(error as DatabaseError), message: (error as DatabaseError).message })).not.toContain('secret');
    expect(await standing(world)).toEqual(before);
  });
});
