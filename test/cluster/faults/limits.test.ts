import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '../../../src/common/counts.js';
import type { Room } from '../../../src/contract/room.dto.js';
import { connect, disconnectAll, id } from '../../setup/chatters.js';
import { Cluster } from '../../setup/cluster.js';
import { newPerson, request } from '../../setup/people.js';
import { say, type ServerProcess } from '../../setup/server-process.js';
import { until } from '../../setup/until.js';

let cluster: Cluster;
let n = 0;

beforeAll(async () => { cluster = await Cluster.start({ settings: { RATE_LIMITS: 'on', TRUST_PROXY: 'on' } }); });
afterAll(async () => {
  disconnectAll();
  await cluster?.close();
});

type Call = (node: ServerProcess) => Promise<number>;

/** One call after the other, at each node in turn; what each was answered with. */
async function inTurn(calls: number, nodes: ServerProcess[], call: Call): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < calls; i += 1) statuses.push(await call(nodes[i % nodes.length]));
  return statuses;
}

async function failedLogins(): Promise<Call> {
  const { user } = await newPerson(cluster, `login${(n += 1)}`);
  const from = `198.51.100.${n}`;
  return async ({ url }) => (await request(`${url}/api/v1/auth/login`, 'POST', { body: { login: user.username, password: 'wrong' }, headers: { 'x-forwarded-for': from } })).status;
}

async function searches(): Promise<Call> {
  const { accessToken } = await newPerson(cluster, `search${(n += 1)}`);
  return async ({ url }) => (await request(`${url}/api/v1/users?limit=1`, 'GET', { headers: { authorization: `Bearer ${accessToken}` } })).status;
}

/** Over sockets and REST by turns. */
async function messages(): Promise<Call> {
  const person = await newPerson(cluster, `sender${(n += 1)}`);
  const { id: roomId } = (await person.post<Room>('/rooms', { name: 'Room', kind: 'private' })).body;
  const sockets = new Map(await Promise.all(cluster.nodes.map(async (node) => [node, await connect(node, person)] as const)));
  let i = 0;
  return async (node) => {
    const body = { text: 'hello', clientId: id() };
    if (i++ % 4 < 2) {
      const ack = await sockets.get(node)?.raw('new_message', { roomId, ...body });
      return ack?.ok === true ? 201 : (ack?.error.status ?? 0);
    }
    return (await request(`${node.url}/api/v1/rooms/${roomId}/messages`, 'POST', { body, headers: { authorization: `Bearer ${person.accessToken}` } })).status;
  };
}

const kinds: [string, number, () => Promise<Call>][] = [
  ['failed logins of an account', limits.login_failures_per_account.points, failedLogins],
  ['searches', limits.search.points, searches],
  ['messages', limits.messages.points + limits.message_burst.points, messages],
];

const accepted = (statuses: number[]): number => statuses.filter((status) => status !== 429).length;

/** One of these, give or take a tenth, and nothing but those and refusals. */
function expectLimit(statuses: number[], points: number): void {
  expect(accepted(statuses)).toBeGreaterThanOrEqual(points * 0.9);
  expect(accepted(statuses)).toBeLessThanOrEqual(points * 1.1);
  expect(statuses.filter((status) => status >= 500 || status === 0)).toEqual([]);
  expect(statuses.at(-1)).toBe(429);
}

describe('two nodes together', () => {
  it.each(kinds)('allow of %s what is documented: %i', async (what, points, begin) => {
    const statuses = await inTurn(Math.ceil(points * 1.3) + 2, cluster.nodes, await begin());
    say(`${what}: ${accepted(statuses)} of ${points} were let through`);
    expectLimit(statuses, points);
  });
});

describe('while Redis is away', () => {
  beforeAll(async () => {
    await cluster.redis.stop();
    await until(async () => (await cluster.ready()).every(({ status }) => status === 'degraded'));
  });

  it.each(kinds)('each node counts %s alone', async (what, points, begin) => {
    const call = await begin();
    for (const node of cluster.nodes) {
      const statuses = await inTurn(Math.ceil(points * 1.3) + 2, [node], call);
      say(`${what}: one node let ${accepted(statuses)} of ${points} through`);
      expectLimit(statuses, points);
    }
  });
});
