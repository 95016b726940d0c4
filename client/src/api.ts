import { VerbatimError } from './errors.js';
import type { Http, HttpRequest } from './http.js';
import { operations, withoutToken, type Api, type OperationId } from './operations.js';

/** Whose token goes along, and who renews it. */
export interface Bearer {
  token(): Promise<string>;
  renew(refused: string): Promise<string>;
}

type Arguments = Record<string, unknown>;

export function makeApi(http: Http, bearer: Bearer): Api {
  const calls = (Object.keys(operations) as OperationId[]).map((id) => [id, (args: Arguments = {}) => call(id, args)]);
  return Object.fromEntries(calls) as Api;

  async function call(id: OperationId, args: Arguments): Promise<unknown> {
    const request = toRequest(id, args);
    if (withoutToken.has(id)) return await http.send(request);
    const token = await bearer.token();
    try {
      return await http.send({ ...request, token });
    } catch (error) {
      if (!(error instanceof VerbatimError) || error.code !== 'unauthenticated') throw error;
      return await http.send({ ...request, token: await bearer.renew(token) });
    }
  }
}

/** What the path does not take goes into the query of a GET or DELETE, and into the body of anything else. */
function toRequest(id: OperationId, args: Arguments): HttpRequest {
  const [method = '', template = ''] = operations[id].split(' ');
  const rest = { ...args };
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  if (method === 'GET' || method === 'DELETE') return { method, path, query: rest };
  const empty = Object.keys(rest).length === 0;
  return { method, path, body: empty && id !== 'refresh' && id !== 'sync' ? undefined : rest };
}
