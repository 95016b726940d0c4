// People, sessions and rooms written straight into the database of our product, after its start: thousands within a second. The
// tokens are signed by the product's own code, so that sockets authenticate as ever.
import { randomBytes, randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import { signAccessToken, signingKey } from '../dist/src/auth/access-token.js';
import { longestAccessTtl } from '../dist/src/config/settings.js';
import { secret } from './systems.mjs';


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
  return people.map(({ id, sid }) => ({ id, sid, token: signAccessToken(key, { sub: id, sid, iat, exp: iat + longestAccessTtl }) }));
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

/** What the load generator is told: one socket for each person. */
export async function seedWorld(client, world) {
  const seats = seatsOf(world);
  const people = await seedPeople(client, peopleIn(world));
  const ids = await seedRooms(client, seats.map((members) => members.map((i) => people[i])));
  await client.query('ANALYZE users, sessions, rooms, memberships');
  return { members: people.map(({ token }) => ({ auth: { token } })), rooms: ids.map((id, r) => ({ id, members: seats[r] })) };
}

/** The same for those who believe what they are told. */
export function trustingWorld(world) {
  const rooms = seatsOf(world).map((members) => ({ id: randomUUID(), members }));
  const roomIds = Array.from({ length: peopleIn(world) }, () => []);
  for (const { id, members } of rooms) for (const i of members) roomIds[i].push(id);
  return { members: roomIds.map((ids) => ({ auth: { userId: randomUUID(), roomIds: ids } })), rooms };
}

const peopleIn = ({ rooms, members, people = rooms * members }) => people;

/** So many messages in every one of these rooms, said by a member of it. */
export async function seedMessages(client, roomIds, count) {
  await client.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT r.id, n, gen_random_uuid(), r.rev + n, (SELECT user_id FROM memberships m WHERE m.room_id = r.id LIMIT 1), gen_random_uuid(), repeat('x', 100), 0,
       now() + n * interval '1 microsecond'
     FROM rooms r, generate_series(1, $2) AS n WHERE r.id = ANY($1)`, [roomIds, count]);
  await client.query(`UPDATE rooms SET last_seq = $2::bigint, rev = rev + $2::bigint WHERE id = ANY($1)`, [roomIds, count]);
  await client.query('VACUUM ANALYZE messages, rooms, memberships');
}

/** The same in the one table that the naive server has. */
export async function seedNaiveMessages(client, roomIds, count) {
  await client.query(
    `INSERT INTO messages (id, room_id, sender_id, client_id, text)
     SELECT gen_random_uuid(), r, gen_random_uuid(), gen_random_uuid(), repeat('x', 100) FROM unnest($1::uuid[]) AS r, generate_series(1, $2)`, [roomIds, count]);
  await client.query('VACUUM ANALYZE messages');
}

/** What each person would say they have when `missed` changes of each of their rooms have passed them by, and none of the lobby, in which all are. */
export async function positions(client, { rooms, members }, missed) {
  const { rows } = await client.query(`SELECT id, epoch, rev::int AS rev, slug = 'lobby' AS "isLobby" FROM rooms WHERE id = ANY($1) OR slug = 'lobby'`, [rooms.map(({ id }) => id)]);
  const byId = new Map(rows.map(({ id, epoch, rev, isLobby }) => [id, { epoch, rev: isLobby ? rev : rev - missed }]));
  const { id: lobby } = rows.find(({ isLobby }) => isLobby);
  const have = members.map(() => ({ [lobby]: byId.get(lobby) }));
  for (const { id, members: inside } of rooms) for (const i of inside) have[i][id] = byId.get(id);
  return have;
}

/** Which people are in which room: others in each while there are enough people, then neighbours again. */
function seatsOf(world) {
  const people = peopleIn(world);
  return Array.from({ length: world.rooms }, (_, r) => {
    const first = r * world.members;
    return Array.from({ length: world.members }, (__, m) => (first + Math.floor(first / people) + m) % people);
  });
}
