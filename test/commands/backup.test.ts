import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import type { SyncReply } from '../../src/contract/sync.dto.js';
import { command, outcome } from '../setup/commands.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';
import { newPerson, Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

const tables = ['identities', 'memberships', 'messages', 'reactions', 'rooms', 'sessions', 'users'];
const odd = 'tab\there, line\nbreak, back\\slash, \\. and \\N, "quotes", \u{1F600} e\u0301';

let folder: string;
let file: string;
let db: TestDatabase;
let server: TestServer;
let alice: Person;
let bob: Person;
let roomId: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'verbatim-backup-'));
  file = join(folder, 'backup.gz');
  db = await freshDatabase();
  server = await startServer({ DATABASE_URL: db.url });
  [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
  roomId = (await alice.post('/rooms', { name: 'Tea', kind: 'private', memberIds: [bob.user.id] })).body.id;
  const texts = ['\\.', odd, 'x'.repeat(4000), '\\N', ...Array.from({ length: 60 }, (_, n) => `line ${n}`)];
  for (const text of texts) await alice.post(`/rooms/${roomId}/messages`, { text });
  const { body: message } = await bob.post('/messages', { receiverId: alice.user.id, text: odd });
  await alice.put(`/messages/${message.id}/reactions/${encodeURIComponent('\u{1F44D}')}`);
  await db.query(`INSERT INTO identities (provider, subject, user_id) VALUES ('https://accounts.example', 'b\\ob', $1)`, [bob.user.id]);
  const { code, stderr } = await command({ DATABASE_URL: db.url }, ['backup', file]);
  expect([code, stderr]).toEqual([0, expect.stringContaining('messages: 65 rows')]);
});
afterAll(async () => {
  await server.close();
  await db.drop();
  rmSync(folder, { recursive: true });
});

/** Every row of every table, in an order that does not depend on where it lies. */
async function rowsOf(source: TestDatabase, epochs = false): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of tables) {
    const columns = table === 'rooms' && !epochs ? `to_jsonb(t) - 'epoch'` : 'to_jsonb(t)';
    all[table] = (await source.query<{ row: string }>(`SELECT (${columns})::text AS row FROM ${table} t`)).map(({ row }) => row).sort();
  }
  return all;
}

describe('a backup', () => {
  it('is for its owner only, overwrites nothing, and leaves no draft behind', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await command({ DATABASE_URL: db.url }, ['backup', file]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('overwrites nothing')]);
    expect(() => statSync(`${file}.part`)).toThrow('ENOENT');
  });

  it('is of one moment, however much is said meanwhile', async () => {
    let done = false;
    const talking = (async () => { while (!done) await alice.post(`/rooms/${roomId}/messages`, { text: 'meanwhile' }); })();
    const moment = join(folder, 'moment.gz');
    expect((await command({ DATABASE_URL: db.url }, ['backup', moment])).code).toBe(0);
    done = true;
    await talking;
    const target = await freshDatabase();
    await outcome(target.url, ['restore', moment]);
    const [row] = await target.query<{ last: string; n: string }>('SELECT last_seq AS last, (SELECT count(*) FROM messages m WHERE m.room_id = r.id) AS n FROM rooms r WHERE r.id = $1', [roomId]);
    expect(row.last).toBe(row.n);
    await target.drop();
  });
});

describe('restoring', () => {
  let target: TestDatabase;
  beforeEach(async () => { target = await freshDatabase(); });
  afterEach(() => target.drop());

  it('brings back every row as it was, and new epochs', async () => {
    const copy = join(folder, 'copy.gz');
    expect((await command({ DATABASE_URL: db.url }, ['backup', copy])).code).toBe(0);
    const before = await rowsOf(db);
    expect(await outcome(target.url, ['restore', copy])).toMatchObject({ rows: { users: 2, identities: 1, reactions: 1 } });
    expect(await rowsOf(target)).toEqual(before);
    const epochs = await Promise.all([db, target].map((each) => each.query<{ epoch: string }>('SELECT epoch FROM rooms')));
    expect(new Set(epochs.flat().map(({ epoch }) => epoch)).size).toBe(epochs.flat().length);
    expect(await target.query(`SELECT name FROM migrations ORDER BY id`)).toEqual(await db.query(`SELECT name FROM migrations ORDER BY id`));
  });

  it('goes with sequences as it goes with rows: none of our tables has one', async () => {
    const owned = await db.query(`SELECT c.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_class c ON c.oid = d.refobjid WHERE d.deptype IN ('a', 'i') AND c.relname = ANY($1)`, [tables]);
    expect(owned).toEqual([]); // Should there be one, restoring must learn to move it.
  });

  it('ends all sessions when asked', async () => {
    await outcome(target.url, ['restore', file, '--end-sessions']);
    expect(await target.query('SELECT 1 FROM sessions WHERE revoked_at IS NULL')).toEqual([]);
  });

  it('makes clients forget what came after the backup', async () => {
    await outcome(target.url, ['restore', file]);
    const first = await startServer({ DATABASE_URL: target.url });
    const before = await heldBy(at(first, alice));
    await at(first, alice).post(`/rooms/${roomId}/messages`, { text: 'said after the backup' });
    const held = await heldBy(at(first, alice));
    expect(held[roomId].rev).toBe(before[roomId].rev + 1);
    const connected = await command({ DATABASE_URL: target.url }, ['restore', file, '--force']);
    expect([connected.code, connected.stderr]).toEqual([1, expect.stringContaining('stop it first')]);
    await first.close();
    const full = await command({ DATABASE_URL: target.url }, ['restore', file]);
    expect([full.code, full.stderr]).toEqual([1, expect.stringMatching(/throw away 2 users, 3 rooms and \d+ messages.*--force/)]);
    expect((await command({ DATABASE_URL: target.url }, ['restore', file, '--force'])).code).toBe(0);
    const second = await startServer({ DATABASE_URL: target.url });
    const { body } = await at(second, alice).post<SyncReply>('/sync', { rooms: held });
    const room = body.rooms.find((one) => one.room.id === roomId);
    expect(room).toMatchObject({ reset: 'epoch', position: { rev: before[roomId].rev } });
    expect(room?.messages.map(({ text }) => text)).not.toContain('said after the backup');
    await second.close();
  });

  it.each<[string, (good: Buffer) => Buffer, RegExp]>([
    ['nothing', () => Buffer.alloc(0), /cut short|damaged/],
    ['something else', () => Buffer.from('-- PostgreSQL database dump\n'), /no backup/],
    ['something else, compressed', () => gzipSync('{"hello":1}\n'), /not a backup/],
    ['half of one', (good) => good.subarray(0, good.length / 2), /cut short/],
    ['all of one but its last line', (good) => gzipSync(gunzipSync(good).toString('utf8').replace(/[^\n]*\n$/, '')), /cut short/],
    ['one with another word in it', (good) => gzipSync(gunzipSync(good).toString('utf8').replace('line 7', 'line 8')), /rows of messages are not/],
    ['one with more behind it', (good) => gzipSync(Buffer.concat([gunzipSync(good), Buffer.from('x')])), /goes on/],
    ['one of a newer schema', (good) => gzipSync(gunzipSync(good).toString('utf8').replace(/"migrations":\[/, '"migrations":["Polls2000000000000",')), /newer version/],
    ['one of a newer form', (good) => gzipSync(gunzipSync(good).toString('utf8').replace('"version":1', '"version":2')), /newer version/],
  ])('refuses %s, and changes nothing', async (_, spoil, why) => {
    const bad = join(folder, 'bad.gz');
    writeFileSync(bad, spoil(readFileSync(file)));
    const before = await rowsOf(target, true);
    const { code, stderr } = await command({ DATABASE_URL: target.url }, ['restore', bad, '--force']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
    expect(await rowsOf(target, true)).toEqual(before);
  });
});

/** Somebody who was known before the backup, at the server that was restored from it. */
function at(restored: TestServer, { email, user, accessToken }: Person): Person {
  return new Person(restored, email).accept({ user, accessToken, expiresIn: 900 });
}

async function heldBy(person: Person): Promise<Record<string, { epoch: string; rev: number }>> {
  const { body } = await person.post<SyncReply>('/sync', {});
  return Object.fromEntries(body.rooms.map(({ room, position: { epoch, rev } }) => [room.id, { epoch, rev }]));
}
