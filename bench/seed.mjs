// People, sessions and rooms written straight into the database of our product, after its start: thousands within a second. The
// tokens are signed by the product's own code, so that sockets authenticate as ever.
import { randomBytes, randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import { signAccessToken, signingKey } from '../dist/src/auth/access-token.js';
import { secret } from './systems.mjs';

const tokenLifeSeconds = 6 * 3600;

async function seedPeople(client, count) {
  const people = Array.from({ length: count }, () => ({ id: v7(), sid: v7() }));
  const tag = randomBytes(4).toString('hex');
  await client.query(
    `INSERT INTO users (id, username, username_key, name, email, email_key, search_text)
     SELECT id, name, name, name, name || '@example.org', name || '@example.org', name
     FROM (SELECT id, 'person-${tag}-' || n AS name FROM unnest($1::uuid[]) WITH ORDINALITY AS p(id, n)) AS people`, [people.map(({ id }) => id)]);
  await client.query(
    `INSERT INTO sessions (id, user_id, family_hash, refresh_hash, rotated_at, created_at, last_used_at, expires_at)
     SELECT sid, id, sha256(sid::text::bytea), sha256(id::text::bytea), now(), now(), now(), now() + interval '1 day'
     FROM unnest($1::uuid[], $2::uuid[]) AS p(id, sid)`, [people.map(({ id }) => id), people.map(({ sid }) => sid)]);
  // As registration does it, and so that a restart need not.
  await enterAll(client, [(await client.query(`SELECT id FROM rooms WHERE slug = 'lobby'`)).rows[0].id], [people]);
  const key = signingKey(secret);
  const iat = Math.floor(Date.now() / 1000);
  return people.map(({ id, sid }) => ({ id, sid, token: signAccessToken(key, { sub: id, sid, iat, exp: iat + tokenLifeSeconds }) }));
}

/** A public room for each list of people; returns the ids. */
async function seedRooms(client, memberships) {
  const ids = memberships.map(() => v7());
  await client.query(
    `INSERT INTO rooms (id, kind, slug, name, epoch) SELECT id, 'public', id::text, 'Room ' || n, gen_random_uuid()
     FROM unnest($1::uuid[]) WITH ORDINALITY AS r(id, n)`, [ids]);
  await enterAll(client, ids, memberships);
  return ids;
}

async function enterAll(client, roomIds, memberships) {
  const rows = memberships.flatMap((people, r) => people.map(({ id }, n) => [roomIds[r], id, n + 1]));
  for (let i = 0; i < rows.length; i += 50_000) {
    const part = rows.slice(i, i + 50_000);
    await client.query(
      `INSERT INTO memberships (room_id, user_id, role, rev) SELECT m.room_id, m.user_id, 'member', r.rev + m.n
       FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS m(room_id, user_id, n) JOIN rooms r ON r.id = m.room_id`,
      [part.map(([room]) => room), part.map(([, user]) => user), part.map(([, , n]) => n)]);
  }
  await client.query(`UPDATE rooms r SET rev = m.rev FROM (SELECT room_id, max(rev) AS rev FROM memberships WHERE room_id = ANY($1) GROUP BY room_id) AS m WHERE r.id = m.room_id`, [roomIds]);
}

/** What the load generator is told: each room has members of its own, and each member one socket. */
export async function seedWorld(client, { rooms, members }) {
  const people = await seedPeople(client, rooms * members);
  const groups = Array.from({ length: rooms }, (_, r) => people.slice(r * members, (r + 1) * members));
  const ids = await seedRooms(client, groups);
  await client.query('ANALYZE users, sessions, rooms, memberships');
  return { members: people.map(({ token }) => ({ auth: { token } })), rooms: ids.map((id, r) => ({ id, members: seatsOf(r, members) })) };
}

/** The same for those who believe what they are told. */
export function trustingWorld({ rooms, members }) {
  const ids = Array.from({ length: rooms }, () => randomUUID());
  return {
    members: Array.from({ length: rooms * members }, (_, i) => ({ auth: { userId: randomUUID(), roomIds: [ids[Math.floor(i / members)]] } })),
    rooms: ids.map((id, r) => ({ id, members: seatsOf(r, members) })),
  };
}

const seatsOf = (room, members) => Array.from({ length: members }, (_, m) => room * members + m);
