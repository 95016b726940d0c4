import type { Problem } from '../../src/contract/problem.dto.js';
import { VerbatimError } from './errors.js';

export interface HttpRequest {
  method: string;
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  token?: string;
}

const patienceMs = 10_000;

/** One request over HTTP: an answer, or a VerbatimError. */
export class Http {
  constructor(private readonly url: string, private readonly credentials: 'include' | 'omit') {}

  async send(request: HttpRequest): Promise<unknown> {
    const response = await this.fetch(request);
    const text = await response.text().catch((error: unknown) => { throw unreachable(error); });
    if (!response.ok) throw refused(response, text);
    if (text === '') return undefined;
    return response.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : text;
  }

  private async fetch({ method, path, query, body, token }: HttpRequest): Promise<Response> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: this.credentials };
    try {
      return await fetch(`${this.url}${path}${search(query)}`, { ...init, signal: AbortSignal.timeout(patienceMs) });
    } catch (error) {
      throw unreachable(error);
    }
  }
}

function search(query: Record<string, unknown> = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) words.set(name, `${value as string | number}`);
  return words.size === 0 ? '' : `?${words.toString()}`;
}

function unreachable(error: unknown): VerbatimError {
  const why = error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : 'no connection';
  return new VerbatimError({ code: 'unreachable', detail: `The server cannot be reached: ${why}` }, { cause: error });
}

function refused(response: Response, text: string): VerbatimError {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  const problem = readProblem(text);
  // Not ours: a proxy in between. 5xx of a proxy means that the server is away.
  if (problem === undefined) return new VerbatimError({ code: response.status >= 500 ? 'unavailable' : 'malformed_request', status: response.status, detail: `HTTP ${response.status}`, retryAfterMs });
  return new VerbatimError({ ...problem, retryAfterMs });
}

function readProblem(text: string): Problem | undefined {
  try {
    const body = JSON.parse(text) as Partial<Problem> | null;
    return typeof body?.code === 'string' ? (body as Problem) : undefined;
  } catch {
    return undefined;
  }
}
