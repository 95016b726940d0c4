import type { SignedIn } from '../../src/contract/auth.dto.js';
import type { OwnUser } from '../../src/contract/user.dto.js';
import { answerFault } from './schemas.js';
import { newsMs, nodeCount, type TestServer } from './server.js';
import { until } from './until.js';

export const password = 'correct horse battery';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer is whatever the server says; tests compare it with what they expect
export type Anything = any;

export interface Answer<Body = Anything> {
  status: number;
  headers: Headers;
  body: Body;
}

/** With several nodes every request is a connection of its own, so that one after the other goes to another node. */
const eachAnew: Record<string, string> = nodeCount > 1 ? { connection: 'close' } : {};

/** Sends a request and reads the answer, whatever it is. */
export async function request<Body = Anything>(url: string, method: string, options: { body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer<Body>> {
  const { body, headers } = options;
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers: { ...json, ...eachAnew, ...headers }, body: body === undefined ? undefined : JSON.stringify(body), redirect: 'manual' });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const answer = { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  const fault = answerFault(method, new URL(url).pathname, answer);
  if (fault !== undefined) throw new Error(`Not as documented: ${fault}`);
  return answer;
}

/** Somebody who uses the REST door. Paths are below /api/v1. */
export class Person {
  accessToken = '';
  refreshToken = '';
  user: OwnUser;

  constructor(private readonly server: Pick<TestServer, 'url'>, readonly email: string) {}

  accept(answer: SignedIn): this {
    this.accessToken = answer.accessToken;
    this.refreshToken = answer.refreshToken ?? '';
    this.user = answer.user;
    return this;
  }

  get<Body = Anything>(path: string): Promise<Answer<Body>> {
    return this.send('GET', path);
  }

  post<Body = Anything>(path: string, body?: unknown): Promise<Answer<Body>> {
    return this.send('POST', path, body);
  }

  put<Body = Anything>(path: string, body?: unknown): Promise<Answer<Body>> {
    return this.send('PUT', path, body);
  }

  patch<Body = Anything>(path: string, body?: unknown): Promise<Answer<Body>> {
    return this.send('PATCH', path, body);
  }

  delete<Body = Anything>(path: string): Promise<Answer<Body>> {
    return this.send('DELETE', path);
  }

  send<Body = Anything>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
    const headers = this.accessToken === '' ? undefined : { authorization: `Bearer ${this.accessToken}` };
    return request<Body>(`${this.server.url}/api/v1${path}`, method, { body, headers });
  }

  /** The same person on another device. */
  async anotherDevice(): Promise<Person> {
    const device = new Person(this.server, this.email);
    const { body } = await device.post<SignedIn>('/auth/login', { login: this.email, password });
    return device.accept(body);
  }
}

/** Registers somebody. The first one on a server is its admin. */
export async function newPerson(server: Pick<TestServer, 'url'>, username: string): Promise<Person> {
  const person = new Person(server, `${username}@example.org`);
  const name = username.replace(/^./, (letter) => letter.toUpperCase());
  const answer = await person.post<SignedIn>('/auth/register', { name, username, email: person.email, password });
  if (answer.status !== 201) throw new Error(`${username} could not register: ${JSON.stringify(answer.body)}`);
  return person.accept(answer.body);
}

export function anonymous(server: Pick<TestServer, 'url'>): Person {
  return new Person(server, 'nobody@example.org');
}

/** Whether no node lets this session in any more: a single one at once, several within the milliseconds in which they tell each other. */
export async function isRefused(person: Person): Promise<boolean> {
  const refusedByAll = async (): Promise<boolean> => {
    for (let node = 0; node < nodeCount; node += 1) if ((await person.get('/users/me')).status !== 401) return false;
    return true;
  };
  if (nodeCount > 1) await until(refusedByAll, newsMs);
  return await refusedByAll();
}
