import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { parse } from 'node:querystring';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LogController } from 'fastify';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import { letGoWhenClosing } from './http-closing.js';
import { newId } from './ids.js';
import { hasBadCharacters, refuseHostileInput } from './input-walk.js';
import { logger } from './logger.js';
import { Patience } from './patience.js';
import { toProblem } from './problem.js';
import { sendProblem } from './problem.filter.js';
import { fieldProblem, invalidInput, outcomeUnknown, Refusal } from './refusal.js';

const maxBody = 256 * 1024;
const sendPatience = new Patience(4500);

/** What ends after its time was over has been answered already. */
class AnsweringOnce extends FastifyAdapter {
  override reply(response: FastifyReply, body: unknown, statusCode?: number): FastifyReply {
    return response.sent ? response : super.reply(response, body, statusCode);
  }
}

/** Fastify as we want it at the edge: strict about what comes in, problem+json for every refusal that it makes by itself. */
export function httpAdapter(options: { trustProxy: boolean; requestTimeoutMs: number }): FastifyAdapter {
  const adapter: FastifyAdapter = new AnsweringOnce({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy && nearestProxy,
    bodyLimit: maxBody,
    requestIdHeader: false,
    genReqId: ({ headers }: IncomingMessage) => inboundId(headers['x-request-id']) ?? newId(),
    routerOptions: { maxParamLength: 500, querystringParser: parse },
    frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) => { sendProblem(new Refusal('malformed_request'), request, reply); },
    clientErrorHandler: refuseBrokenHttp,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    requestTimeout: options.requestTimeoutMs,
    // How often Node looks decides how late it is.
    http: { headersTimeout: options.requestTimeoutMs / 2, requestTimeout: options.requestTimeoutMs, connectionsCheckingInterval: options.requestTimeoutMs / 15 },
  } as unknown as FastifyHttpOptions<RawServerDefault>);
  const fastify = adapter.getInstance<FastifyInstance>();
  readJsonOnly(fastify);
  answerSendsInTime(fastify);
  letGoWhenClosing(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    done();
  });
  return adapter;
}

/** Call it when the hooks that write headers stand: a refusal made here carries them as any other answer does. */
export function refuseAtTheEdge(adapter: FastifyAdapter): void {
  const fastify = adapter.getInstance<FastifyInstance>();
  answerWrongMethods(fastify);
  fastify.addHook('onRequest', (request, _reply, done) => { done(hostileQuery(request)); });
}

/** Only the last entry of X-Forwarded-For was written by the proxy in front of us; what stands before it may be the caller's invention. */
const nearestProxy = (_address: string, hop: number): boolean => hop === 0;

/** The address of the caller, as Fastify finds it, for requests that Fastify does not see. */
export function addressOf({ headers, socket }: IncomingMessage, trustProxy: boolean): string {
  const seenByProxy = trustProxy ? [headers['x-forwarded-for']].flat().join(',').split(',').at(-1)?.trim() : undefined;
  return seenByProxy === undefined || seenByProxy === '' ? (socket.remoteAddress ?? '') : seenByProxy;
}

function inboundId(header: unknown): string | undefined {
  return typeof header === 'string' && /^[\w.-]{8,64}$/.test(header) ? header : undefined;
}

function hostileQuery({ query }: FastifyRequest): Refusal | undefined {
  for (const [key, value] of Object.entries(query as Record<string, string | string[]>)) {
    if (Array.isArray(value)) return new Refusal('repeated_query_key');
    if (hasBadCharacters(key) || hasBadCharacters(value)) return invalidInput([fieldProblem(key, 'bad_characters')]);
  }
  return undefined;
}

function readJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: maxBody }, ({ headers }, body: Buffer, done) => {
    try {
      if (otherCharset.test(headers['content-type'] ?? '')) throw new Refusal('unsupported_media_type');
      done(null, readJson(body));
    } catch (error) {
      done(error as Error);
    }
  });
}

const otherCharset = /;\s*charset\s*=\s*(?!"?utf-?8"?\s*(;|$))/i;
const utf8 = new TextDecoder('utf-8', { fatal: true });

function readJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const value = parseJson(body);
  refuseHostileInput(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidInput([fieldProblem('', 'wrong_type')]);
  return value;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body)) as unknown;
  } catch {
    throw new Refusal('malformed_json');
  }
}

/** A send is answered within five seconds, whatever PostgreSQL does. What takes so long is mostly refused before, by the queue, which knows whether it was stored. */
function answerSendsInTime(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'POST' && request.routeOptions.url?.endsWith('/messages') === true) {
      const wait = sendPatience.begin(() => { sendProblem(outcomeUnknown(), request, reply); });
      reply.raw.once('close', () => { wait.end(); });
    }
    done();
  });
}

/** 405 with `Allow` where the path exists for other methods, and `Allow` for those who ask with OPTIONS; Fastify itself would say 404. */
function answerWrongMethods(fastify: FastifyInstance): void {
  const known: { path: RegExp; method: string }[] = [];
  fastify.addHook('onRoute', ({ url, method }) => {
    if (url === '*' || url === '/*') return; // Takes every path, and so tells of none that it exists.
    const path = new RegExp(`^${url.replace(/[.()]/g, '\\$&').replace(/:[^/]+/g, '[^/]+').replace('*', '.*')}$`);
    for (const one of [method].flat()) known.push({ path, method: one });
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404 && request.method !== 'OPTIONS') { done(); return; }
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = new Set(known.filter((route) => route.path.test(path)).map(({ method }) => method));
    if (methods.size === 0) { done(); return; }
    const allow = [...methods.add('OPTIONS')].join(', ');
    if (request.method === 'OPTIONS') void reply.status(204).header('Allow', allow).send();
    else done(new Refusal('method_not_allowed', { headers: { Allow: allow } }));
  });
}

function refuseBrokenHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const requestId = newId();
  const body = JSON.stringify({ ...toProblem(new Refusal('malformed_request'), requestId), status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `X-Request-Id: ${requestId}\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
