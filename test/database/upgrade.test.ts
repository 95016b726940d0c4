import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { backUp } from '../../src/database/backup.js';
import { createDataSource } from '../../src/database/data-source.js';
import { migrate } from '../../src/database/migrate.js';
import { restore } from '../../src/database/restore.js';
import { schemaOf } from '../../src/database/schema.js';
import type { SyncReply } from '../../src/contract/sync.dto.js';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../setup/database.js';
import { anonymous, password, Person } from '../setup/people.js';
import { differences, freshState, Replica, unreadOf, wholeHistory } from '../setup/replica.js';
import { connect, disconnectAll } from '../setup/chatters.js';
import { startServer } from '../setup/server.js';

const folder = join(__dirname, 'releases');
const releases = readdirSync(folder).filter((name) => name.endsWith('.sql.gz'));

/** Looks at a database through the product's own list of migrations. */
async function withSource<T>(db: TestDatabase, work: (source: ReturnType<typeof createDataSource>) => Promise<T>): Promise<T> {
  const source = await createDataSource({ url: db.url, pool: 2, statementTimeout: 0 }).initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

/** Every row, as text; only of columns that are named. */
async function rowsOf(db: TestDatabase, columns: ReadonlyMap<string, string[]>): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const [table, names] of columns) {
    const rows = await db.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM (SELECT ${names.join(', ')} FROM ${table}) AS t`);
    all[table] = rows.map(({ row }) => row).sort();
  }
  return all;
}

async function columnsOf(db: TestDatabase): Promise<Map<string, string[]>> {
  const rows = await db.query<{ table: string; columns: string[] }>(
    `SELECT table_name AS "table", array_agg(column_name::text ORDER BY ordinal_position) AS columns FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name <> 'migrations' GROUP BY 1`);
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

let head: string;
beforeAll(async () => {
  const db = await freshDatabase();
  head = await withSource(db, schemaOf);
  await db.drop();
});

describe('the schema', () => {
  it('is made from nothing', async () => {
    const db = await emptyDatabase();
    await migrate(db.url, () => undefined);
    expect(await withSource(db, schemaOf)).toBe(head);
    await db.drop();
  });

  it('is the same after every migration was undone and run again', async () => {
    const db = await freshDatabase();
    await withSource(db, async (source) => {
      for (const _ of source.migrations) await source.undoLastMigration(); // eslint-disable-line @typescript-eslint/no-unused-vars -- so often
      expect(await db.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`)).toEqual([{ relname: 'migrations' }]);
      await source.runMigrations();
      expect(await schemaOf(source)).toBe(head);
    });
    await db.drop();
  });
});

it('has a dump of every release', () => {
  expect(releases).toContain('0.1.0.sql.gz');
});

describe.each(releases)('the release of %s', (name) => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await emptyDatabase();
    await db.query(gunzipSync(readFileSync(join(folder, name))).toString('utf8'));
  });
  afterEach(async () => {
    disconnectAll();
    await db.drop();
  });

  it('becomes this version with all its data, goes back, and comes again', async () => {
    const columns = await columnsOf(db);
    const before = await rowsOf(db, columns);
    const released = await withSource(db, schemaOf);
    const migrations = (await db.query('SELECT 1 FROM migrations')).length;
    await migrate(db.url, () => undefined);
    expect(await withSource(db, schemaOf)).toBe(head);
    expect(await rowsOf(db, columns)).toEqual(before);
    await withSource(db, async (source) => {
      for (let n = source.migrations.length; n > migrations; n -= 1) await source.undoLastMigration();
      expect(await schemaOf(source)).toBe(released);
      await source.runMigrations();
      expect(await schemaOf(source)).toBe(head);
    });
    expect(await rowsOf(db, columns)).toEqual(before);
  });

  it('can be saved as it is, and restored into this version', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'verbatim-upgrade-'));
    const target = await emptyDatabase();
    await backUp(db.url, join(scratch, 'old.gz'), () => undefined);
    await restore(target.url, join(scratch, 'old.gz'), { force: false, endSessions: false }, () => undefined);
    const columns = await columnsOf(db);
    columns.set('rooms', columns.get('rooms')?.filter((name) => name !== 'epoch') ?? []);
    expect(await withSource(target, schemaOf)).toBe(head);
    expect(await rowsOf(target, columns)).toEqual(await rowsOf(db, columns));
    rmSync(scratch, { recursive: true });
    await target.drop();
  });

  it('works under this version: signing in, history, counting, catching up, going on', async () => {
    await migrate(db.url, () => undefined);
    const server = await startServer({ DATABASE_URL: db.url });
    const people = await Promise.all(['alice', 'bob'].map(async (login) => new Person(server, `${login}@example.org`).accept((await anonymous(server).post('/auth/login', { login, password })).body)));
    const [alice, bob] = people;
    const { body: tea } = await alice.get('/rooms/tea');
    const history = await wholeHistory(bob, tea.id);
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    expect([history[5]?.text, history[7]?.text, history[9]?.reactions[0]?.count, history[59]?.replyTo]).toEqual(['line 6, edited', null, 2, 50]);
    expect(await unreadOf(bob, false)).toEqual(await unreadOf(bob, true));
    expect((await unreadOf(bob, false))[tea.id]).toMatchObject({ unread: 60 - Math.max(...history.filter(({ senderId }) => senderId === bob.user.id).map(({ seq }) => seq)) });
    const replica = new Replica(bob);
    await replica.resume(await connect(server, bob));
    expect((await alice.post(`/rooms/${tea.id}/messages`, { text: 'hello from later' })).body.seq).toBe(61);
    const { body: sync } = await bob.post<SyncReply>('/sync', { rooms: { [tea.id]: { epoch: tea.position.epoch, rev: tea.position.rev } } });
    expect(sync.rooms.find(({ room }) => room.id === tea.id)?.messages.map(({ text }) => text)).toEqual(['hello from later']);
    await replica.sync();
    expect(differences(replica.shown(), await freshState(bob))).toEqual([]);
    await server.close();
  });
});
