// A page of 50 from a room of 100,000 messages: ours (JSON built by PostgreSQL) against the same SELECT through bare pg, as objects.
import pg from 'pg';
import { HistoryRepository } from '../dist/src/messages/history.repository.js';
import { cpuDuring, interleaved, median, show } from './measure.mjs';
import { makeRoom, register, startWorld } from './world.mjs';

const pages = 2000;
const count = 100_000;

export async function run() {
  const world = await startWorld();
  const alice = await register(world, 'alice');
  const room = await makeRoom(world, [alice], 'long');
  await world.dataSource.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT $1, n, gen_random_uuid(), n + 1, $2, gen_random_uuid(), repeat('x', 100), 0, now() + n * interval '1 microsecond' FROM generate_series(1, ${count}) AS n`,
    [room.id, alice.user.id]);
  await world.dataSource.query('UPDATE rooms SET last_seq = $2::bigint, rev = $2::bigint + 1 WHERE id = $1', [room.id, count]);
  await world.dataSource.query('VACUUM ANALYZE messages');
  const history = world.app.get(HistoryRepository, { strict: false });
  const client = new pg.Client({ connectionString: world.postgres.url });
  await client.connect();
  const positions = Array.from({ length: pages }, (_, i) => 51 + ((i * 7919) % (count - 51)));
  const bare = async (seq) => {
    const { rows } = await client.query('SELECT * FROM messages WHERE room_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT 50', [room.id, seq]);
    return rows.reverse().map((row) => ({ id: row.id, roomId: row.room_id, seq: Number(row.seq), rev: Number(row.rev), senderId: row.sender_id, clientId: row.client_id, text: row.text, replyTo: row.reply_to_seq, reactions: row.reactions, createdAt: row.created_at.toISOString(), editedAt: row.edited_at, deletedAt: row.deleted_at }));
  };
  const all = (page) => async () => { for (const seq of positions) if ((await page(seq)).length !== 50) throw new Error('A page is not whole'); };
  const results = await interleaved(5, {
    'ours': () => cpuDuring(world.postgres.pid, all((seq) => history.bySeq(room.id, 'older', seq, 50))),
    'bare pg': () => cpuDuring(world.postgres.pid, all(bare)),
  });
  const cost = (name) => results[name].map(({ cpu }) => cpu / pages);
  for (const name of Object.keys(results)) console.log(`${name.padEnd(8)} ${show(cost(name))} µs CPU a page`);
  console.log(`ratio    ${(median(cost('ours')) / median(cost('bare pg'))).toFixed(2)}`);
  await client.end();
  await world.stop();
}
