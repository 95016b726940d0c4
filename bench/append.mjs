// 64 senders at once: our append (idempotency, access, numbering, counters, in batches) against one bare INSERT per message.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { v7 } from 'uuid';
import { MessagesRepository } from '../dist/src/messages/messages.repository.js';
import { cpuDuring, interleaved, median, show } from './measure.mjs';
import { makeRoom, register, startWorld } from './world.mjs';

const senders = 64;
const perRun = 6400;
const text = 'x'.repeat(100);

async function inParallel(total, send) {
  let left = total;
  await Promise.all(Array.from({ length: senders }, async (_, sender) => { while ((left -= 1) >= 0) await send(sender); }));
}

export async function run() {
  const world = await startWorld();
  const people = [];
  for (let i = 0; i < 16; i += 1) people.push(await register(world, `sender${i}`));
  const rooms = [];
  for (let i = 0; i < 8; i += 1) rooms.push(await makeRoom(world, people, `room-${i}`));
  const messages = world.app.get(MessagesRepository, { strict: false });
  const pool = new pg.Pool({ connectionString: world.postgres.url, max: 10 });
  await pool.query('CREATE TABLE naive (id uuid PRIMARY KEY, room_id uuid NOT NULL, sender_id uuid NOT NULL, text text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())');
  const ours = () => inParallel(perRun, (n) => messages.append({ id: v7(), roomId: rooms[n % 8].id, senderId: people[n % 16].user.id, clientId: randomUUID(), text, replyTo: null }));
  const naive = () => inParallel(perRun, (n) => pool.query('INSERT INTO naive (id, room_id, sender_id, text) VALUES ($1, $2, $3, $4)', [randomUUID(), rooms[n % 8].id, people[n % 16].user.id, text]));
  await Promise.all([ours(), naive()]);
  const results = await interleaved(5, {
    'group commit': () => cpuDuring(world.postgres.pid, ours),
    'one INSERT each': () => cpuDuring(world.postgres.pid, naive),
  });
  const [{ n }] = await world.dataSource.query('SELECT count(*)::int AS n FROM messages');
  const rate = (name) => results[name].map(({ seconds }) => perRun / seconds);
  const cost = (name) => results[name].map(({ cpu }) => cpu / perRun);
  for (const name of Object.keys(results)) console.log(`${name.padEnd(16)} ${show(rate(name))} messages/s, ${show(cost(name), 1)} µs CPU each`);
  console.log(`ratio of rates   ${(median(rate('group commit')) / median(rate('one INSERT each'))).toFixed(2)}; stored ${n} of ${perRun * 6} accepted`);
  await pool.end();
  await world.stop();
}
