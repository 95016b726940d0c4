// Every operation of the OpenAPI document and every event of the table, with canaries wherever a caller may write something: asked rightly and
// wrongly, with and without a token, and while the database fails. None may come back in a log line, a metric or a refusal.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { requests, type RequestName } from '../../src/contract/events.js';
import { connect, disconnectAll } from '../setup/chatters.js';
import { startChildServer, type ChildServer } from '../setup/child-server.js';
import { bodyFields, exampleBody, operations, pathOf, resolved, type Operation, type Schema } from '../setup/document.js';
import { newPerson, password, type Person } from '../setup/people.js';
import { asyncApi } from '../setup/schemas.js';
import { testSecret } from '../setup/secret.js';
import { randomId } from '../setup/tokens.js';
import { wire } from '../setup/wire.js';
import { io } from 'socket.io-client';

type Manner = 'rightly' | 'wrongly';

let server: ChildServer;
let alice: Person;
let roomId: string;
let messageId: string;
/** What was given to people and is to stay with them. */
const secrets = new Set<string>([testSecret]);
/** Every refusal and metric, as it was sent. */
let told = '';

/** A word of its own each time, so that no rule against repetition hides one. Fits a username. */
const canary = (): string => `canary${randomId().slice(0, 8)}`;

beforeAll(async () => {
  server = await startChildServer({ LOG_LEVEL: 'trace', OIDC_ISSUER: 'http://127.0.0.1:1', GOOGLE_CLIENT_ID: 'verbatim-test', GOOGLE_CLIENT_SECRET: 'canary-of-the-provider' });
  alice = await newPerson(server, 'alice');
  const { body: message } = await alice.post('/messages', { text: canary() });
  [roomId, messageId] = [message.roomId, message.id];
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

function valueOf(name: string, declared: Schema, manner: Manner): unknown {
  const schema = resolved(declared);
  if (manner === 'wrongly') return schema.type === 'string' ? canary() : [canary()];
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === 'integer') return schema.minimum ?? 1;
  if (schema.type === 'boolean') return true;
  if (schema.type === 'array') return [];
  if (schema.type !== 'string') return {};
  if (schema.format === 'email') return `${canary()}@canary.example`;
  if (schema.format === 'date-time') return '2026-11-20T09:30:00.000Z';
  if (schema.format === 'uuid') return { messageId, roomId }[name] ?? randomId();
  return name === 'avatarUrl' ? `https://canary.example/${canary()}` : `${canary()}${'-'.repeat(Math.max(0, (schema.minLength ?? 0) - 14))}`;
}

function fields(schemas: Record<string, Schema>, manner: Manner): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, valueOf(name, schema, manner)]));
}

/** Asks, with what a caller can put into a request besides its body. */
async function ask(operation: Operation, manner: Manner, token: string): Promise<void> {
  const parameters = operation.parameters.map((one) => [one, String(manner === 'wrongly' ? canary() : (one.name === 'id' && operation.path.includes('messages') ? messageId : valueOf(one.name, one.schema, 'rightly')))] as const);
  const path = pathOf(operation, Object.fromEntries(parameters.filter(([one]) => one.in === 'path').map(([{ name }, value]) => [name, encodeURIComponent(value)])));
  const query = parameters.filter(([one]) => one.in === 'query').map(([{ name }, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const body = exampleBody(operation) === undefined ? undefined : JSON.stringify({ ...exampleBody(operation), ...fields(bodyFields(operation), manner) });
  const headers = {
    authorization: `Bearer ${token}`, cookie: `verbatim_refresh=${canary()}; ${canary()}=${canary()}`, 'user-agent': canary(), 'idempotency-key': manner === 'rightly' ? randomId() : canary(), referer: `https://canary.example/${canary()}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await wire(server.url, { method: operation.method, path: `${path}${query === '' ? '' : `?${query}`}`, headers, body });
  const text = JSON.stringify(answer.body);
  if (answer.status >= 400) told += `\n${operation.operationId} ${manner}: ${text}`;
  for (const [, secret = ''] of text.matchAll(/"(?:accessToken|refreshToken)":"([^"]+)"/g)) secrets.add(secret);
}

/** Anew each time, by the address: some operations end the session, or change the username. */
async function tokenOf(): Promise<string> {
  const { body } = await wire(server.url, { method: 'POST', path: '/api/v1/auth/login', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login: alice.email, password }) });
  for (const secret of [body.accessToken, body.refreshToken] as string[]) secrets.add(secret);
  return body.accessToken as string;
}

async function askEverything(token: () => Promise<string>): Promise<void> {
  for (const operation of operations) {
    for (const manner of ['rightly', 'wrongly'] as const) await ask(operation, manner, await token());
  }
}

const eventSchema = (name: RequestName): Record<string, Schema> => {
  const { $ref = '' } = asyncApi.components.messages[`${name}.request`].payload as Schema;
  return (asyncApi.components.schemas[$ref.split('/').at(-1) ?? ''] as Schema).properties ?? {};
};

/** Over a socket of one's own for each event: a wrong one may be cut. */
async function askOverSockets(): Promise<void> {
  for (const name of Object.keys(requests) as RequestName[]) {
    const chatter = await connect(server, alice);
    for (const manner of ['rightly', 'wrongly'] as const) {
      const ack = await chatter.raw(name, fields(eventSchema(name), manner));
      if (!ack.ok) told += `\n${name} ${manner}: ${JSON.stringify(ack.error)}`;
    }
    told += `\n${name}: ${JSON.stringify(await chatter.raw(name, canary()))}${JSON.stringify(await chatter.raw(canary(), { text: canary() }).then((ack) => ack.ok))}`;
    chatter.leave();
  }
}

/** With a token that is none: refused in the handshake. */
async function knockInVain(): Promise<void> {
  const socket = io(server.url, { auth: { token: canary(), [canary()]: canary() }, transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders: { authorization: canary() } });
  const error = await new Promise<Error>((resolve) => { socket.once('connect_error', resolve); });
  socket.disconnect();
  told += `\nconnect_error: ${JSON.stringify(error)} ${error.message}`;
}

async function expectSilence(): Promise<void> {
  told += (await (await fetch(`${server.url}/metrics`)).text());
  const silent = (text: string): void => {
    expect(text.split('\n').filter((line) => /canary/i.test(line)).map((line) => line.slice(0, 600))).toEqual([]);
    expect([...secrets].filter((secret) => text.includes(secret))).toEqual([]);
  };
  silent(server.errors());
  silent(told);
}

it('keeps to itself what it is told, in every operation, with a token and without', async () => {
  await askEverything(tokenOf);
  await askEverything(() => Promise.resolve(canary()));
  expect(server.errors()).toContain('"msg":"request"'); // What is looked through is there.
  await expectSilence();
}, 240_000);

it('keeps to itself what it is told over sockets', async () => {
  alice.accessToken = await tokenOf();
  await askOverSockets();
  await knockInVain();
  await expectSilence();
}, 120_000);

it('keeps to itself what it is told when queries fail', async () => {
  const token = await tokenOf();
  for (const tables of [['messages', 'memberships'], ['rooms'], ['users', 'identities', 'sign_in_codes'], ['sessions']]) {
    for (const table of tables) await server.db.query(`ALTER TABLE ${table} RENAME TO ${table}_away`);
    const canSignIn = !tables.includes('users') && !tables.includes('sessions');
    await askEverything(canSignIn ? tokenOf : () => Promise.resolve(token));
    for (const table of tables) await server.db.query(`ALTER TABLE ${table}_away RENAME TO ${table}`);
  }
  alice.accessToken = await tokenOf();
  const chatter = await connect(server, alice);
  await server.db.query('ALTER TABLE messages RENAME TO messages_away');
  for (const name of Object.keys(requests) as RequestName[]) told += JSON.stringify((await chatter.raw(name, fields(eventSchema(name), 'rightly'))).ok);
  await server.db.query('ALTER TABLE messages_away RENAME TO messages');
  expect(server.errors()).toContain('"msg":"internal"');
  await expectSilence();
}, 240_000);
