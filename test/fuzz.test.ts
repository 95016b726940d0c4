// Everything that the document describes, met with everything we could think of and with what fast-check invents besides.
// FUZZ_SEED repeats a run, FUZZ_RUNS makes it deeper; after FUZZ_SECONDS (300), as on a very busy machine, what is left is tried less often.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bodyFields, exampleBody, needsToken, operations, pathOf, type Operation } from './setup/document.js';
import { startServerAndProvider, type TestProvider } from './setup/google.js';
import { hostileBodies, hostileHeader, hostileJson, hostileParameter, pathTricks, type Hostile } from './setup/hostile.js';
import { newPerson, password, type Answer, type Person } from './setup/people.js';
import type { TestServer } from './setup/server.js';
import { randomId } from './setup/tokens.js';
import { expectProblem, wire, type WireRequest } from './setup/wire.js';

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.FUZZ_RUNS ?? 24);
const endsAt = Date.now() + Number(process.env.FUZZ_SECONDS ?? 300) * 1000;
process.stdout.write(`fuzz: FUZZ_SEED=${seed} FUZZ_RUNS=${numRuns}\n`);

let server: TestServer;
let provider: TestProvider;
let bystander: Person;

beforeAll(async () => {
  ({ server, provider } = await startServerAndProvider());
  bystander = await newPerson(server, 'bystander');
});
afterAll(async () => {
  await server.close();
  await provider.stop();
});

/** Values for path parameters that exist; otherwise a random UUID. */
const fixtures: Record<string, (caller: Person) => Promise<Record<string, string>>> = {
  getUser: async () => ({ id: bystander.user.id }),
  setDisabled: async () => ({ id: (await person()).user.id }),
  setRole: async () => ({ id: (await person()).user.id }),
  endSession: async (caller) => ({ id: (await caller.get('/auth/sessions')).body.sessions?.[0]?.id ?? randomId() }),
};

const endsSessions = /logout|Session|Password/;
/** Each call of these hashes a password, or makes the next one do so. */
const costly = /login|register|logout|Password/;

/** Bodies that would be taken, where the example of the document cannot be used twice. */
const bodies: Record<string, () => Record<string, unknown>> = {
  register: () => ({ name: 'Somebody', email: `${randomId()}@example.org`, password }),
  updateMe: () => ({ name: 'Somebody' }),
  login: () => ({ login: 'bystander', password }),
};

const person = (): Promise<Person> => newPerson(server, `p${randomId().slice(0, 20)}`);

async function adminFor(): Promise<Person> {
  const admin = await person();
  await server.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [admin.user.id]);
  return admin;
}

/** Somebody who calls one operation. What ends their session, or changes who they are, makes way for a new one. */
class Caller {
  admin: Person | undefined;
  parameters: Record<string, string>;

  constructor(readonly operation: Operation, readonly anonymous: boolean) {}

  async prepare(): Promise<this> {
    this.admin = this.anonymous ? undefined : await adminFor();
    const random = Object.fromEntries(this.operation.parameters.filter((one) => one.in === 'path').map(({ name }) => [name, randomId()]));
    this.parameters = this.admin === undefined ? random : { ...random, ...(await fixtures[this.operation.operationId]?.(this.admin)) };
    return this;
  }

  get path(): string {
    return pathOf(this.operation, this.parameters);
  }

  get body(): Record<string, unknown> | undefined {
    return bodies[this.operation.operationId]?.() ?? exampleBody(this.operation);
  }

  async send(change: Partial<WireRequest>): Promise<Answer> {
    const authorization: Record<string, string> = this.admin === undefined ? {} : { authorization: `Bearer ${this.admin.accessToken}` };
    const json: Record<string, string> = this.body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await wire(server.url, { method: this.operation.method, path: this.path, body: this.body && JSON.stringify(this.body), ...change, headers: { ...json, ...authorization, ...change.headers } });
    if (answer.status === 204 && !this.anonymous && endsSessions.test(this.operation.operationId)) await this.prepare();
    return answer;
  }
}

/** The contract of every answer to hostile input. Readiness alone answers 503 on purpose. */
function expectDecent(answer: Answer, certain: boolean): void {
  expect(answer.status).toBeLessThan(500);
  if (certain) expect(answer.status).toBeGreaterThanOrEqual(400);
  if (answer.status >= 400) expectProblem(answer);
}

interface Trial<T> {
  values: fc.Arbitrary<T>;
  /** Tried at every run. */
  always?: T[];
  share: number;
}

async function attemptAll<T>({ values, always = [], share }: Trial<T>, attempt: (value: T) => Promise<[Answer, boolean]>): Promise<void> {
  const examples = always.map((value): [T] => [value]);
  const property = fc.asyncProperty(values, async (value) => { expectDecent(...(await attempt(value))); });
  await fc.assert(property, { seed, examples, numRuns: examples.length + Math.ceil(numRuns * effort(share)), endOnFailure: process.env.FUZZ_SHRINK === undefined });
}

const effort = (share: number): number => (Date.now() < endsAt ? share : share / 8);

/** Every so-manieth of a list, beginning anywhere. */
const some = <T>(list: readonly T[], share: number): readonly T[] => list.filter((_, i) => (i + seed) % Math.round(1 / effort(share)) === 0);

const withField = (body: Record<string, unknown>, field: string, value: string): string => {
  const rest = Object.entries(body).filter(([name]) => name !== field).map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)},`).join('');
  return `{${rest}${JSON.stringify(field)}:${value}}`;
};

const headersWeRead = ['authorization', 'content-type', 'x-request-id', 'origin', 'cookie', 'user-agent', 'x-forwarded-for', 'x-forwarded-proto', 'accept', 'accept-encoding', 'if-none-match', 'idempotency-key', 'access-control-request-method'];

describe.each([['an admin', false], ['nobody', true]] as const)('%s', (_, anonymous) => {
  describe.each(operations.map((operation) => [operation.operationId, operation] as const))('%s', (__, operation) => {
    // Whom an operation is not for is turned away at the door, and a public one does not look at tokens: a quarter is enough there.
    const share = anonymous === !needsToken(operation) ? 1 : 0.25;
    let caller: Caller;
    beforeAll(async () => { caller = await new Caller(operation, anonymous).prepare(); });

    for (const [field, schema] of Object.entries(bodyFields(operation))) {
      it(`takes no harm from body field ${field}`, async () => {
        await attemptAll<Hostile>({ ...hostileJson(schema), share }, async ({ text, certain }) => [await caller.send({ body: withField(caller.body ?? {}, field, text) }), certain]);
      });
    }

    for (const { name, schema } of operation.parameters.filter((one) => one.in === 'query')) {
      it(`takes no harm from query parameter ${name}`, async () => {
        await attemptAll<Hostile>({ values: hostileParameter(schema), share }, async ({ text, certain }) => [await caller.send({ path: `${caller.path}?${name}=${text}` }), certain]);
        for (const query of [`${name}=1&${name}=1`, `${name}[]=1`, `${name}[a]=1`, `${name}.a=1`, `${name}=1&nonsense=1`, `%00${name}=1`]) expectDecent(await caller.send({ path: `${caller.path}?${query}` }), true);
      });
    }

    for (const { name, schema } of operation.parameters.filter((one) => one.in === 'path')) {
      it(`takes no harm from path parameter ${name}`, async () => {
        await attemptAll<Hostile>({ values: hostileParameter(schema), share }, async ({ text, certain }) => [await caller.send({ path: pathOf(operation, { ...caller.parameters, [name]: text }) }), certain]);
      });
    }

    it('takes no harm from any header', async () => {
      const values = fc.tuple(fc.constantFrom(...headersWeRead), hostileHeader);
      await attemptAll({ values, share: share * (costly.test(operation.operationId) ? 0.3 : 1) }, async ([name, value]) => [await caller.send({ headers: { [name]: value } }), false]);
    });

    it('takes no harm from a body that is wrong as a whole', async () => {
      const expectsBody = operation.requestBody !== undefined;
      for (const [body, contentType, certain] of some(hostileBodies, share)) {
        const headers: Record<string, string> = contentType === undefined ? { 'content-type': '' } : { 'content-type': contentType };
        expectDecent(await caller.send({ body, headers }), certain && expectsBody);
      }
      if (expectsBody) expectDecent(await caller.send({ body: withField(caller.body ?? {}, 'a field nobody knows', '1') }), true);
    });

    it('takes no harm from odd ways to write its path', async () => {
      for (const trick of some(pathTricks, share)) expectDecent(await caller.send({ path: trick(caller.path) }), false);
    });
  });
});

it('still serves ordinary people afterwards', async () => {
  expect(await bystander.get('/users/me')).toMatchObject({ status: 200, body: { username: 'bystander', name: 'Bystander', disabled: false } });
  const late = await newPerson(server, 'latecomer');
  expect((await late.get(`/users/${bystander.user.id}`)).status).toBe(200);
  expect(Object.keys({})).toEqual([]);
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
});
