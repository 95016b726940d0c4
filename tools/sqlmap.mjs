// `npm run test:sqlmap`: sqlmap tries to inject SQL through every query and body parameter of docs/openapi.json, with a valid token, against a
// server of its own. `-- --only sync,listUsers` tries only these operations. Needs sqlmap: apt-get install sqlmap.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const document = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8'));
const password = 'correct horse battery';
/** What a finding looks like in sqlmap's log; and what it says of each parameter in which it finds none. */
const found = /is vulnerable|identified the following injection point/;
const innocent = /parameter '[^\n]*' does not seem to be injectable/g;

function resolved(schema) {
  const inner = schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema.allOf?.[0];
  return inner ? resolved(inner) : schema;
}

/** Something that the server takes, so that what is injected gets as far as it can. */
function sample(name, declared, known) {
  const schema = resolved(declared);
  const { type, format, example, enum: allowed, minimum } = schema;
  if (known[name] !== undefined) return known[name];
  if (allowed) return allowed[0];
  if (example !== undefined) return example;
  if (type === 'integer') return minimum ?? 1;
  if (type === 'boolean') return true;
  if (type === 'array') return [];
  if (type === 'object') return {};
  return { uuid: '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e', email: 'somebody@example.org', 'date-time': '2026-11-20T09:30:00.000Z' }[format] ?? 'hello';
}

/** These hash a password for each attempt, so they come last. */
const costly = ({ operationId }) => Number(/register|login|Password/.test(operationId));

/** Every operation that takes something in its query or body. */
function operations() {
  const all = Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })));
  const wanted = values.only?.split(',');
  return all.filter(({ operationId, parameters = [], requestBody }) => (wanted?.includes(operationId) ?? true) && (parameters.some((one) => one.in === 'query') || requestBody?.content['application/json']))
    .sort((one, other) => costly(one) - costly(other));
}

async function startServer(dataDir) {
  const env = { PATH: process.env.PATH, NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, JWT_SECRET: 'only for the time of a scan', RATE_LIMITS: 'off', LOG_LEVEL: 'error', OIDC_ISSUER: 'http://127.0.0.1:1', GOOGLE_CLIENT_ID: 'nobody', GOOGLE_CLIENT_SECRET: 'nothing' };
  const child = spawn(process.execPath, [join(root, 'dist/server/main.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
  for (;;) {
    const [, url] = /ready at (http:\S+)/.exec(output) ?? [];
    if (url) return { child, url, said: () => output.split('\n').filter((line) => line.includes('"msg":"internal"')) };
    if (child.exitCode !== null) throw new Error(`The server did not start: ${output}`);
    await new Promise((done) => { setTimeout(done, 50); });
  }
}

async function post(url, body, token) {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }, body: JSON.stringify(body) });
  return await answer.json();
}

/** A room with a message and two members: what the operations are tried on. */
async function furnish(api) {
  const register = (name) => post(`${api}/auth/register`, { name, username: name, email: `${name}@example.org`, password });
  const [alice, bob] = [await register('alice'), await register('bob')];
  const room = await post(`${api}/rooms`, { name: 'Tea', kind: 'public', slug: 'tea', memberIds: [bob.user.id] }, alice.accessToken);
  const message = await post(`${api}/rooms/${room.id}/messages`, { text: 'hello' }, alice.accessToken);
  return { room: room.id, roomId: room.id, message: message.id, userId: bob.user.id, receiverId: bob.user.id, memberIds: [], replyTo: 1, seq: 1, before: 5, after: 0, around: 1, limit: 5, query: 'ali', login: 'alice', password, current: password };
}

/** The request as sqlmap reads it from a file; of the path only what has to be there. */
function requestOf({ path, method, parameters = [], requestBody }, url, known, token) {
  const id = path.includes('/messages/') ? known.message : path.includes('/rooms/') ? known.room : known.userId;
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(name === 'id' ? id : name === 'emoji' ? '\u{1F44D}' : sample(name, { type: 'string', format: 'uuid' }, known)));
  const query = parameters.filter((one) => one.in === 'query').map(({ name, schema }) => `${name}=${encodeURIComponent(sample(name, schema, known))}`).join('&');
  const schema = requestBody?.content['application/json']?.schema;
  const body = schema ? JSON.stringify(Object.fromEntries(Object.entries(resolved(schema).properties ?? {}).map(([name, one]) => [name, sample(name, one, known)]))) : '';
  const head = [`${method} ${filled}${query ? `?${query}` : ''} HTTP/1.1`, `Host: ${new URL(url).host}`, `Authorization: Bearer ${token}`, ...(body ? ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`] : [])];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** A hole, to see that one would be found: a search that puts what it is given into its SQL. Returns the file with its request. */
async function naive(folder) {
  const { findRunning } = await import('../dist/src/database/embedded-postgres.js');
  const database = new pg.Client({ connectionString: findRunning(join(folder, 'data')) });
  database.on('error', () => {}); // At the end PostgreSQL goes before we do.
  await database.connect();
  const hole = createServer((request, response) => {
    const query = new URL(request.url, 'http://here').searchParams.get('query') ?? '';
    database.query(`SELECT username FROM users WHERE username LIKE '%${query}%'`).then(({ rows }) => response.end(JSON.stringify(rows)), (error) => { response.statusCode = 500; response.end(error.message); });
  }).listen(0, '127.0.0.1');
  await once(hole, 'listening');
  hole.unref();
  database.unref();
  const file = join(folder, 'hole.txt');
  writeFileSync(file, `GET /users?query=ali HTTP/1.1\r\nHost: 127.0.0.1:${hole.address().port}\r\n\r\n`);
  return file;
}

/** Named, because of its own accord sqlmap leaves out what looks like a token. */
function namesIn({ parameters = [], requestBody }) {
  const schema = requestBody?.content['application/json']?.schema;
  return [...parameters.filter((one) => one.in === 'query').map(({ name }) => name), ...Object.keys(schema ? (resolved(schema).properties ?? {}) : {})];
}

async function tryOne(file, folder, names) {
  const args = ['-r', file, '--batch', '--disable-coloring', '--level=3', '--risk=1', '--skip=user-agent,referer,host,cookie,authorization', '--technique=BEU', '--dbms=PostgreSQL', '--flush-session', '--threads=2', '--timeout=10', '--retries=1', '--skip-waf', '--ignore-code=*', '--ignore-stdin', `--output-dir=${folder}`, '-p', names.join(',')];
  const child = spawn('sqlmap', args, { env: { ...process.env, TERM: 'dumb' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { log += text; });
  await once(child, 'close');
  return log;
}

if (spawnSync('sqlmap', ['--version']).status !== 0) {
  console.error('sqlmap is not installed: apt-get install sqlmap.');
  process.exit(2);
}
build();
const folder = mkdtempSync(join(tmpdir(), 'verbatim-sqlmap-'));
const server = await startServer(join(folder, 'data'));
const faults = [];
try {
  const api = `${server.url}/api/v1`;
  const known = await furnish(api);
  const control = await tryOne(await naive(folder), folder, ['query']);
  if (!found.test(control)) throw new Error(`sqlmap did not find the hole that was made for it, so that its silence means nothing:\n${control}`);
  const list = operations();
  for (const [n, operation] of list.entries()) {
    const { accessToken } = await post(`${api}/auth/login`, { login: 'alice@example.org', password });
    const file = join(folder, `${operation.operationId}.txt`);
    writeFileSync(file, requestOf(operation, server.url, known, accessToken));
    const log = await tryOne(file, folder, namesIn(operation));
    const tried = new Set(log.match(innocent)).size;
    const verdict = found.test(log) ? 'INJECTABLE' : tried > 0 ? `nothing in ${tried} parameters` : 'NOT TRIED';
    console.log(`${String(n + 1).padStart(2)} of ${list.length}  ${verdict.padEnd(24)}  ${operation.method} ${operation.path}`);
    if (!verdict.startsWith('nothing')) faults.push(`${operation.operationId}: ${log.split('\n').slice(-25).join('\n')}`);
  }
  faults.push(...server.said());
} finally {
  server.child.kill('SIGTERM');
  if (server.child.exitCode === null) await once(server.child, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? 'sqlmap found nothing.' : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
