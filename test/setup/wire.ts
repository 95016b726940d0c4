import { once } from 'node:events';
import { Agent, request as open, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expect } from '@jest/globals';
import { errors } from '../../src/contract/errors.js';
import type { Answer } from './people.js';

export interface WireRequest {
  method: string;
  /** Sent as it is: nothing is normalised. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** Sends what `fetch` would refuse or repair: odd paths, bytes that are no text, bodies without a type. */
export async function wire(url: string, { method, path, headers, body }: WireRequest): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const sent = open({ hostname, port, method, path, headers, agent });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return toAnswer(response.statusCode ?? 0, Object.entries(response.headersDistinct).flatMap(([name, values = []]) => values.map((value): [string, string] => [name, value])), Buffer.concat(pieces).toString());
}

/** Writes these very bytes to a connection and reads one answer. */
export async function rawExchange(url: string, bytes: string | Buffer, patienceMs = 5000): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece));
  socket.on('error', () => undefined); // The server may hang up on us while we still write: what it said before is the answer.
  socket.write(bytes);
  socket.setTimeout(patienceMs, () => socket.destroy());
  await once(socket, 'close');
  const [head = '', ...rest] = Buffer.concat(pieces).toString().split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const fields = lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  return toAnswer(Number(statusLine.split(' ')[1] ?? 0), fields, rest.join('\r\n\r\n'));
}

function toAnswer(status: number, fields: [string, string][], text: string): Answer {
  const headers = new Headers(fields);
  const isJson = headers.get('content-type')?.includes('json') === true && text !== '';
  return { status, headers, body: isJson ? JSON.parse(text) : text };
}

const leaks = /\bat .+:\d+:\d+|node_modules|\/src\/|\/dist\/|\.js\b|\.ts\b|\bSELECT\b.+\bFROM\b|\bsyntax error\b|QueryFailed|duplicate key|violates|relation "|Cannot read|undefined|TypeError|Unexpected token/;

/** Every refusal over HTTP looks like this. */
export function expectProblem({ status, headers, body }: Answer, code?: string): void {
  expect([status, headers.get('content-type')]).toEqual([status, 'application/problem+json; charset=utf-8']);
  expect(body).toEqual(expect.objectContaining({ type: `urn:verbatim:error:${body.code}`, title: expect.any(String), detail: expect.any(String), requestId: expect.any(String), status }));
  expect(Object.keys(errors)).toContain(body.code);
  const [known, title] = errors[body.code as keyof typeof errors];
  expect([body.title, ...(isOfHttpItself(status) ? [] : [status])]).toEqual([title, ...(isOfHttpItself(status) ? [] : [known])]);
  expect(headers.get('x-request-id')).toBe(body.requestId);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(`${body.detail}`).not.toMatch(leaks);
  if (status === 401) expect(headers.get('www-authenticate')).toMatch(/^Bearer /);
  if (code !== undefined) expect(body.code).toBe(code);
}

/** 431 and 408: said by Node's parser before there is a request; their code is `malformed_request`. */
function isOfHttpItself(status: number): boolean {
  return status === 431 || status === 408;
}
