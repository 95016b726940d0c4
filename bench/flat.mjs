// Does a delivery cost more when there are many rooms, or when much has been said before?
import { withArena } from './arena.mjs';
import { interleaved, median } from './measure.mjs';
import { columns, tell, workloads } from './peak.mjs';
import { record, resultsFile, table } from './report.mjs';

const spread = 100;

/** `loads`: what each entrant is given, and what it is given besides. */
async function inTurn({ entrants, loop, loads }, { rounds, seconds }) {
  return await withArena(entrants, loop, ({ variants }) => {
    const load = (options) => variants({ work: 'closed', options: { ...options, seconds } });
    return interleaved(rounds, loads === undefined ? load(loop) : loads(load), tell);
  });
}

const cost = ({ usPerDelivery }) => usPerDelivery;
const percent = (factor) => `${(100 * (factor - 1)).toFixed(0)} %`;

function growth(results, from, to) {
  const sum = (runs) => runs.reduce((total, figures) => total + cost(figures), 0);
  const within = median(results[to].map((figures, i) => cost(figures) / cost(results[from][i])));
  return `${to}: ${percent(within)} against ${from}, over all rounds ${percent(sum(results[to]) / sum(results[from]))}`;
}

function report(name, { loop, words, usual, others, large }, results, { seconds, folder }) {
  console.log(`${name}: ${words}; closed loop, ${results[usual].length} × ${seconds} s; nothing lost, nothing doubled`);
  table(results, [columns.speed, columns.cost, columns.postgres, columns.p50, columns.p99], { ratio: cost, to: usual });
  for (const from of [usual, ...(others ?? [])]) console.log(growth(results, from, large));
  record(resultsFile(folder, name), { workload: name, ...loop, seconds }, results);
}

/** Two processes of the same build differ by more than what is looked for, and so each pair of servers has only some of the rounds. */
const starts = 3;
const [few, many, meeting] = ['100 rooms', '10000 rooms', '100 rooms at random'];

/**
 * The same people, the same number of messages under way, each in a room of its own, but so many rooms to choose from. Where the rooms of a few are chosen at random, messages meet in
 * one room and share what is done for it, which with ten thousand they hardly ever do: for comparison, on the same server.
 */
export async function flatRooms(options) {
  for (const { members, people, name } of [{ members: 2, people: 200, name: 'flat-rooms' }, { members: 20, people: 1000, name: 'flat-rooms-of-20' }]) {
    const entrant = (rooms) => ({ system: 'ours', world: { rooms, members, people } });
    const comparison = {
      entrants: { [few]: entrant(100), [many]: entrant(10_000) },
      loop: { spread, apart: true }, usual: few, others: [meeting], large: many,
      loads: (load) => ({ ...load({ spread, apart: true }), [meeting]: load({ spread })[few] }),
      words: `${people} people in rooms of ${members}, ${spread} messages under way in as many rooms, ${starts} pairs of servers`,
    };
    const results = { [few]: [], [many]: [], [meeting]: [] };
    for (let start = 0; start < starts; start += 1) {
      for (const [system, runs] of Object.entries(await inTurn(comparison, options))) results[system].push(...runs);
    }
    report(name, comparison, results, options);
  }
}

export async function flatStored(options) {
  const { world, window } = workloads.f50x20;
  const entrant = (count) => ({ system: 'ours', world, prepare: (client, { rooms }) => fill(client, rooms.map(({ id }) => id), count) });
  const comparison = {
    entrants: { '1000 stored': entrant(1000), [`${options.stored} stored`]: entrant(options.stored) },
    loop: { window }, usual: '1000 stored', large: `${options.stored} stored`,
    words: `${world.rooms} rooms × ${world.members} members, ${window} messages under way in each`,
  };
  report('flat-stored', comparison, await inTurn(comparison, options), options);
}

const atOnce = 250_000;

/** So many messages in these rooms, each said by a member of it; the indexes are made afterwards, which takes a tenth of the time. */
async function fill(client, roomIds, count) {
  const { rows: indexes } = await client.query(
    `SELECT i.indexdef, i.indexname, c.conname, pg_get_constraintdef(c.oid) AS definition FROM pg_indexes i
     LEFT JOIN pg_constraint c ON c.conindid = format('%I.%I', i.schemaname, i.indexname)::regclass AND c.contype IN ('p', 'u')
     WHERE i.tablename = 'messages'`);
  const { rows: references } = await client.query(
    `SELECT conname, conrelid::regclass AS on_table, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE confrelid = 'messages'::regclass`);
  for (const { conname, on_table: table } of references) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${conname}`);
  for (const { conname, indexname } of indexes) await client.query(conname === null ? `DROP INDEX ${indexname}` : `ALTER TABLE messages DROP CONSTRAINT ${conname}`);
  for (let from = 0; from < count; from += atOnce) {
    process.stderr.write(`\rstoring messages: ${from} of ${count} `);
    await client.query(
      `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
       SELECT r.id, n / cardinality($1::uuid[]) + 1, gen_random_uuid(), r.rev + n / cardinality($1::uuid[]) + 1, r.sender_id, gen_random_uuid(), repeat('x', 100), 0,
         now() - interval '1 day' + n * interval '1 microsecond'
       FROM generate_series($2::int, $3::int) AS n
       JOIN (SELECT x.id, x.rev, x.place, m.user_id AS sender_id FROM
         (SELECT r.id, r.rev, array_position($1::uuid[], r.id) - 1 AS place FROM rooms r WHERE r.id = ANY($1)) AS x
         CROSS JOIN LATERAL (SELECT user_id FROM memberships WHERE room_id = x.id LIMIT 1) AS m) AS r ON r.place = n % cardinality($1::uuid[])`,
      [roomIds, from, Math.min(from + atOnce, count) - 1]);
  }
  for (const { conname, indexname, indexdef, definition } of indexes) {
    process.stderr.write(`\rindexing: ${indexname}            `);
    await client.query(conname === null ? indexdef : `ALTER TABLE messages ADD CONSTRAINT ${conname} ${definition}`);
  }
  for (const { conname, on_table: table, definition } of references) await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${conname} ${definition}`);
  await client.query(
    `UPDATE rooms r SET last_seq = m.seq, rev = m.rev, last_message_at = m.at FROM
     (SELECT room_id, max(seq) AS seq, max(rev) AS rev, max(created_at) AS at FROM messages GROUP BY room_id) AS m WHERE m.room_id = r.id`);
  process.stderr.write('\rvacuuming                              ');
  await client.query('VACUUM ANALYZE messages');
  await client.query('CHECKPOINT');
  process.stderr.write(`\r${count} messages stored                \n`);
  return count;
}
