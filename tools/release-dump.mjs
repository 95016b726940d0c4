// Run once for each release, from its tag: `node tools/release-dump.mjs` writes test/database/releases/<version>.sql.gz, a small database as
// that release makes it, in plain SQL. Every later version proves with it that it can be upgraded to (test/database/upgrade.test.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const file = join(root, 'test/database/releases', `${version}.sql.gz`);
const password = 'correct horse battery';
const thumb = encodeURIComponent('\u{1F44D}');

if (existsSync(file)) {
  console.error(`${file} exists: what was released does not change.`);
  process.exit(1);
}
build();
const { startEmbeddedPostgres } = await import('../dist/src/database/embedded-postgres.js');
const folder = mkdtempSync(join(tmpdir(), 'verbatim-release-'));
const postgres = await startEmbeddedPostgres({ dataDir: folder, durable: false });
try {
  await live(postgres.url);
  const sql = await dump(postgres.url);
  writeFileSync(file, gzipSync(sql, { level: 9 }));
  console.log(`Wrote ${file}: ${sql.length} characters of SQL.`);
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true });
}

/** A little of everything that people do. */
async function live(databaseUrl) {
  const env = { PATH: process.env.PATH, NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', JWT_SECRET: 'only for the dump of a release', RATE_LIMITS: 'off', DATABASE_URL: databaseUrl, DEMO: 'off' };
  const server = spawn(process.execPath, [join(root, 'dist/server/main.js')], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const url = await new Promise((resolve, reject) => {
    server.stderr.on('data', (piece) => {
      said += piece;
      const [, at] = /ready at (http:\S+)/.exec(said) ?? [];
      if (at) resolve(at);
    });
    server.on('exit', () => reject(new Error(said)));
  });
  try {
    await converse(`${url}/api/v1`);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}

async function converse(api) {
  const ask = async (who, method, path, body) => {
    const headers = { ...(body ? { 'content-type': 'application/json' } : {}), ...(who ? { authorization: `Bearer ${who.accessToken}` } : {}) };
    const answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  const join = (name) => ask(null, 'POST', '/auth/register', { name: `${name[0].toUpperCase()}${name.slice(1)} Ärmel`, username: name, email: `${name}@example.org`, password });
  const [alice, bob, carol, dave] = [await join('alice'), await join('bob'), await join('carol'), await join('dave')];
  const tea = await ask(alice, 'POST', '/rooms', { name: 'Tea', kind: 'public', slug: 'tea', topic: 'All about it', memberIds: [bob.user.id, carol.user.id, dave.user.id] });
  const secret = await ask(bob, 'POST', '/rooms', { name: 'Secret', kind: 'private', memberIds: [alice.user.id] });
  const said = [];
  for (let n = 1; n <= 60; n += 1) said.push(await ask([alice, bob, carol][n % 3], 'POST', `/rooms/${tea.id}/messages`, { text: `line ${n}\n\\ "ä" \u{1F600}`, ...(n > 10 ? { replyTo: n - 10 } : {}) }));
  const by = (n) => [alice, bob, carol][(n + 1) % 3];
  await ask(by(5), 'PATCH', `/messages/${said[5].id}`, { text: 'line 6, edited' });
  await ask(by(7), 'DELETE', `/messages/${said[7].id}`);
  for (const who of [alice, bob]) await ask(who, 'PUT', `/messages/${said[9].id}/reactions/${thumb}`);
  await ask(alice, 'PATCH', `/rooms/${tea.id}/members/${bob.user.id}`, { role: 'moderator' });
  await ask(carol, 'POST', `/rooms/${tea.id}/leave`);
  await ask(alice, 'DELETE', `/rooms/${tea.id}/members/${dave.user.id}?ban=true`);
  await ask(bob, 'PUT', `/rooms/${tea.id}/read`, { seq: 50 });
  await ask(bob, 'POST', `/rooms/${secret.id}/messages`, { text: 'a secret' });
  await ask(alice, 'DELETE', `/rooms/${(await ask(alice, 'POST', '/rooms', { name: 'Old', kind: 'public', slug: 'old' })).id}`);
  await ask(alice, 'POST', '/messages', { text: 'hello everybody' });
  await ask(alice, 'POST', '/messages', { text: 'hello bob', receiverId: bob.user.id });
  await ask(dave, 'POST', '/auth/logout');
}

async function dump(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const list = async (sql, values = []) => (await client.query({ text: sql, values, rowMode: 'array' })).rows;
  await client.query(`SET TimeZone = 'UTC'`);
  const tables = await list(`SELECT c.oid, quote_ident(relname) FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 2`);
  const sequences = await list(`SELECT quote_ident(s.relname), d.refobjid::regclass || '.' || quote_ident(a.attname), pg_sequence_last_value(s.oid) FROM pg_class s
    JOIN pg_depend d ON d.objid = s.oid AND d.deptype = 'a' JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE s.relkind = 'S'`);
  const lines = [`-- Verbatim ${version}`, 'CREATE EXTENSION IF NOT EXISTS pg_trgm;', ...sequences.map(([name]) => `CREATE SEQUENCE ${name} AS integer;`)];
  for (const [oid, name] of tables) lines.push(...(await tableOf(list, oid, name)));
  lines.push(...sequences.flatMap(([name, owner, last]) => [`ALTER SEQUENCE ${name} OWNED BY ${owner};`, `SELECT setval('${name}', ${last});`]));
  const constraints = await list(`SELECT conrelid::regclass, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY contype = 'f', 1, 2`);
  lines.push(...constraints.map(([table, name, rule]) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${rule};`));
  const indexes = await list(`SELECT pg_get_indexdef(indexrelid) FROM pg_index i WHERE indrelid = ANY($1::oid[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid) ORDER BY 1`, [tables.map(([oid]) => oid)]);
  lines.push(...indexes.map(([index]) => `${index};`));
  await client.end();
  return `${lines.join('\n')}\n`;
}

async function tableOf(list, oid, name) {
  const columns = await list(`SELECT quote_ident(attname), quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
      || CASE WHEN attcollation <> typcollation THEN ' COLLATE ' || quote_ident((SELECT collname FROM pg_collation WHERE oid = attcollation)) ELSE '' END
      || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
    FROM pg_attribute JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, [oid]);
  const rows = await list(`SELECT concat_ws(', ', ${columns.map(([column]) => `quote_nullable(${column}::text)`).join(', ')}) FROM ${name}`);
  return [`CREATE TABLE ${name} (\n  ${columns.map(([, column]) => column).join(',\n  ')}\n);`, ...rows.map(([values]) => `INSERT INTO ${name} VALUES (${values});`)];
}
