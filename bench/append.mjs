// 64 senders at once, three ways: our append in batches; the same statement for each message by itself; one bare INSERT per message,
// which checks nothing, numbers nothing and knows no repeated send.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { v7 } from 'uuid';
import { MessagesRepository } from '../dist/src/messages/messages.repository.js';
import { cpuDuring, interleaved, median, show } from './measure.mjs';
import { makeRoom, register, startWorld } from './world.mjs';

const senders = 64;
const perRun = 12_800;
const rounds = 5;
const text = 'x'.repeat(100);

async function inParallel(total, send) {
  let left = total;
  await Promise.all(Array.from({ length: senders }, async (_, sender) => { while ((left -= 1) >= 0) await send(sender); }));
}

async function peopleAndRooms(world) {
  const people = [];
  for (let i = 0; i < 16; i += 1) people.push(await register(world, `sender${i}`));
  const rooms = [];
  for (let i = 0; i < 8; i += 1) rooms.push(await makeRoom(world, people, `room-${i}`));
  return (n) => ({ roomId: rooms[n % 8].id, senderId: people[n % 16].user.id });
}

async function threeWays(world, pool) {
  const place = await peopleAndRooms(world);
  const message = (n) => ({ id: v7(), ...place(n), clientId: randomUUID(), text, replyTo: null, knownMember: () => false });
  const messages = world.app.get(MessagesRepository, { strict: false });
  await pool.query('CREATE TABLE bare (id uuid PRIMARY KEY, room_id uuid NOT NULL, sender_id uuid NOT NULL, text text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())');
  const bare = ({ id, roomId, senderId }) => pool.query('INSERT INTO bare (id, room_id, sender_id, text) VALUES ($1, $2, $3, $4)', [id, roomId, senderId, text]);
  return {
    'group commit': () => inParallel(perRun, (n) => messages.append(message(n))),
    'each by itself': () => inParallel(perRun / 4, (n) => messages.storeTogether([message(n)])),
    'bare INSERT': () => inParallel(perRun, (n) => bare(message(n))),
  };
}

export async function run() {
  const world = await startWorld();
  const pool = new pg.Pool({ connectionString: world.postgres.url, max: 10 });
  const ways = await threeWays(world, pool);
  for (const way of Object.values(ways)) await way();
  const results = await interleaved(rounds, Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, () => cpuDuring(world.postgres.pid, way)])));
  const accepted = (name) => (name === 'each by itself' ? perRun / 4 : perRun);
  const rate = (name) => results[name].map(({ seconds }) => accepted(name) / seconds);
  const cost = (name) => results[name].map(({ cpu }) => cpu / accepted(name));
  for (const name of Object.keys(results)) console.log(`${name.padEnd(16)} ${show(rate(name))} messages/s, ${show(cost(name), 1)} µs CPU each`);
  for (const name of ['each by itself', 'bare INSERT']) {
    console.log(`group commit : ${name.padEnd(16)} ${(median(rate('group commit')) / median(rate(name))).toFixed(2)} × the rate, ${(median(cost('group commit')) / median(cost(name))).toFixed(2)} × the CPU`);
  }
  const [{ n }] = await world.dataSource.query('SELECT count(*)::int AS n FROM messages');
  const expected = (rounds + 1) * (accepted('group commit') + accepted('each by itself'));
  if (n !== expected) throw new Error(`Stored ${n} of ${expected} accepted.`);
  console.log(`stored ${n} = accepted ${expected}`);
  await pool.end();
  await world.stop();
}
