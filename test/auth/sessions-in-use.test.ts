// What the database says of the sessions that a process knows: first whether anything is different at all, then of which.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { SessionEntity } from '../../src/auth/session.entity.js';
import { SessionsRepository, type LiveSession } from '../../src/auth/sessions.repository.js';
import type { UserRole } from '../../src/contract/user.dto.js';
import { createDataSource } from '../../src/database/data-source.js';
import { freshDatabase, type TestDatabase } from '../setup/database.js';

const expiresAt = new Date(Date.now() + 3_600_000);
let db: TestDatabase;
let dataSource: DataSource;
let sessions: SessionsRepository;
let known: Map<string, LiveSession>;

beforeAll(async () => {
  db = await freshDatabase();
  dataSource = await createDataSource({ url: db.url, pool: 1, statementTimeout: 10_000 }).initialize();
  sessions = new SessionsRepository(dataSource.getRepository(SessionEntity));
});
afterAll(async () => {
  await dataSource.destroy();
  await db.drop();
});

/** Two administrators and three others, each with a session; as their process remembers them. */
beforeEach(async () => {
  known = new Map();
  for (const role of ['admin', 'user', 'admin', 'user', 'user'] as const) await signIn(role);
});

async function signIn(role: UserRole): Promise<void> {
  const [userId, sid] = [randomUUID(), randomUUID()];
  await db.query('INSERT INTO users (id, username, username_key, name, email, email_key, search_text, role) VALUES ($1, $2, $2, $2, $2, $2, $2, $3)', [userId, `user-${userId}`, role]);
  await db.query(`INSERT INTO sessions (id, user_id, family_hash, refresh_hash, rotated_at, created_at, last_used_at, expires_at) VALUES ($1, $2, '', '', now(), now(), now(), $3)`, [sid, userId, expiresAt]);
  known.set(sid, { userId, role, expiresAt });
}

async function changed(): Promise<number[]> {
  const same = await sessions.stillAsKnown(known);
  return [...known.keys()].flatMap((sid, place) => (same.has(sid) ? [] : [place]));
}

const change = (sql: string, place: number) => db.query(sql, [[...known][place][1].userId]);

it('finds nothing different where nothing changed, for nobody else counts', async () => {
  await signIn('user');
  known.delete([...known.keys()][5]);
  expect(await sessions.stillAsKnown(known)).toBe(known);
  expect(await sessions.endedAmong([...known.keys()])).toEqual([]);
});

it.each([
  ['was ended', 'UPDATE sessions SET revoked_at = now() WHERE user_id = $1'],
  ['has run out', `UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = $1`],
  ['is gone', 'DELETE FROM sessions WHERE user_id = $1'],
  ['is of somebody disabled', 'UPDATE users SET disabled_at = now() WHERE id = $1'],
])('names a session that %s', async (_, sql) => {
  await change(sql, 3);
  expect(await changed()).toEqual([3]);
  expect(await sessions.endedAmong([...known.keys()])).toEqual([[...known.keys()][3]]);
});

it('names those with other rights, also when two have changed places', async () => {
  await change(`UPDATE users SET role = 'user' WHERE id = $1`, 0);
  expect(await changed()).toEqual([0]);
  await change(`UPDATE users SET role = 'admin' WHERE id = $1`, 1);
  expect(await changed()).toEqual([0, 1]);
});
