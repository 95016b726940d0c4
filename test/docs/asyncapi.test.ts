import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pushes, requests } from '../../src/contract/events.js';
import { errors } from '../../src/contract/errors.js';
import type { AsyncApiDocument } from '../../src/docs/asyncapi.js';
import { startChildServer, type ChildServer } from '../setup/child-server.js';
import { ackFault, asyncApi, asyncApiFile, pushFault } from '../setup/schemas.js';

const written = readFileSync(asyncApiFile, 'utf8');
const copy = (): AsyncApiDocument => JSON.parse(written) as AsyncApiDocument;

async function parserErrors(document: unknown): Promise<string[]> {
  const { diagnostics } = await new Parser().parse(JSON.stringify(document));
  return diagnostics.filter(({ severity }) => Number(severity) <= 1).map(({ code, message, path }) => `${String(code)} at ${path.join('.')}: ${message}`);
}

type Sources = Record<string, string>;

/** The source files of these folders. */
function sourcesIn(...folders: string[]): Sources {
  const files = folders.flatMap((folder) => readdirSync(join('src', folder)).map((file) => join('src', folder, file)));
  return Object.fromEntries(files.map((file) => [file, readFileSync(file, 'utf8')]));
}

const features = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory() && !['contract', 'docs'].includes(entry.name)).map(({ name }) => name);
const sources = sourcesIn(...features);

const found = (texts: Sources, pattern: RegExp): string[] => Object.values(texts).flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name));

/** Where code and table differ. */
function differences(texts: Sources, table: { requests: object; pushes: object }): string[] {
  const handled = found(texts, /@SubscribeMessage\(\s*'([^']+)'/g);
  const withSockets = Object.fromEntries(Object.entries(texts).filter(([file]) => /^src\/(gateway|realtime)\//.test(file))); // no others know Socket.IO
  const emitted = new Set([...found(withSockets, /\.emit\(\s*'([^']+)'/g), ...found(texts, /\.(?:toRoom|passing|toUsers|toViewers)\([^'\n;]*(?:\n\s*)?'([^']+)'/g)]);
  return [
    ...handled.filter((name) => !(name in table.requests)).map((name) => `${name} is handled but not in the table`),
    ...Object.keys(table.requests).filter((name) => !handled.includes(name)).map((name) => `${name} has no handler`),
    ...[...emitted].filter((name) => !(name in table.pushes)).map((name) => `${name} is pushed but not in the table`),
    ...Object.keys(table.pushes).filter((name) => !emitted.has(name)).map((name) => `${name} is never pushed`),
  ];
}

/** What the document lacks of the table. */
function gaps(document: AsyncApiDocument): string[] {
  const { schemas, messages } = document.components;
  const wanted = [
    ...Object.entries(requests).flatMap(([name, { body, reply }]) => [[`${name}.request`, body.name], [`${name}.ack`, reply.name]]),
    ...Object.entries(pushes).map(([name, { payload }]) => [`${name}.push`, payload.name]),
    ['connect', 'Handshake'], ['connect_error', 'SocketError'],
  ];
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
  return [
    ...wanted.filter(([message]) => messages[message] === undefined).map(([message]) => `no message ${message}`),
    ...wanted.filter(([message, schema]) => !JSON.stringify(messages[message] ?? {}).includes(`schemas/${schema}"`)).map(([message, schema]) => `${message} does not name ${schema}`),
    ...[...refs, ...wanted.map(([, schema]) => schema)].filter((name) => schemas[name] === undefined).map((name) => `no schema ${name}`),
    ...Object.entries(schemas).filter(([name, { type, properties = {} }]) => name !== 'Nothing' && type === 'object' && Object.keys(properties).length === 0).map(([name]) => `${name} says nothing`),
    ...[...Object.keys(requests).map((name) => `${name}.request`), ...Object.keys(pushes).map((name) => `${name}.push`)].filter((name) => document.operations[name] === undefined).map((name) => `no operation ${name}`),
    ...Object.keys(errors).filter((code) => document['x-errors'][code] === undefined || !schemas.ErrorCode.enum?.includes(code)).map((code) => `no error ${code}`),
  ];
}

describe('the document', () => {
  it('is valid', async () => {
    expect(await parserErrors(copy())).toEqual([]);
  });

  it('is refused by the parser when it is broken', async () => {
    const broken = copy();
    broken.operations['sync.request'].messages = [{ $ref: '#/channels/chat/messages/nothing' }];
    expect(await parserErrors(broken)).not.toEqual([]);
    expect(await parserErrors({ ...copy(), operations: { 'sync.request': { action: 'take' } } })).not.toEqual([]);
  });

  it('describes everything in the table, with schemas', () => {
    expect(gaps(copy())).toEqual([]);
  });

  it.each<[string, (document: AsyncApiDocument) => void]>([
    ['a schema', ({ components }) => { delete components.schemas.Message; }],
    ['the fields of a schema', ({ components }) => { components.schemas.Message.properties = {}; }],
    ['a message', ({ components }) => { delete components.messages['typing.push']; }],
    ['an operation', ({ operations }) => { delete operations['typing.request']; }],
    ['an error', (document) => { delete document['x-errors'].banned; }],
    ['a payload', ({ components }) => { components.messages['head.push'].payload = {}; }],
  ])('would be caught without %s', (_, spoil) => {
    const document = copy();
    spoil(document);
    expect(gaps(document)).not.toEqual([]);
  });

  it('shows examples that fit their own schemas', () => {
    for (const name of Object.keys(requests)) expect(ackFault(name, asyncApi.components.messages[`${name}.ack`].examples?.[0]?.payload)).toBeUndefined();
    for (const name of Object.keys(pushes)) expect(pushFault(name, [asyncApi.components.messages[`${name}.push`].examples?.[0]?.payload])).toBeUndefined();
  });
});

describe('table and code', () => {
  it('agree: every handler, every push', () => {
    expect(differences(sources, { requests, pushes })).toEqual([]);
  });

  it.each<[string, Sources, object]>([
    ['a handler without an entry', { 'src/gateway/more.ts': "@SubscribeMessage('shout') shout() {}" }, {}],
    ['an entry without a handler', {}, { requests: { ...requests, shout: {} } }],
    ['a push without an entry', { 'src/rooms/more.ts': "this.broadcast.toUsers([userId], 'shouted', { roomId })" }, {}],
    ['a push to a room without an entry', { 'src/rooms/more.ts': "this.broadcast.toRoom('shouted', { roomId })" }, {}],
    ['a push past the broadcaster without an entry', { 'src/gateway/more.ts': "socket.emit('shouted', {})" }, {}],
    ['an entry that is never pushed', {}, { pushes: { ...pushes, shouted: {} } }],
  ])('would not agree with %s', (_, more, table) => {
    expect(differences({ ...sources, ...more }, { requests, pushes, ...table })).toHaveLength(1);
  });
});

describe('what a frame is held against', () => {
  const refused = { ok: false, error: { code: 'not_found', status: 404, title: 't', detail: 'd', requestId: 'r' } };

  it('lets good frames through', () => {
    expect([ackFault('typing', { ok: true, data: {} }), ackFault('typing', refused), ackFault('shout', { ...refused, error: { ...refused.error, code: 'unknown_event' } })]).toEqual([undefined, undefined, undefined]);
    expect(pushFault('session_revoked', [{ reason: 'logout' }])).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['a field too many', { ok: true, data: { readSeq: 1, unread: 0, secret: 1 } }],
    ['a field too few', { ok: true, data: { readSeq: 1 } }],
    ['another type', { ok: true, data: { readSeq: '1', unread: 0 } }],
    ['neither data nor error', { ok: true }],
    ['both', { ...refused, ok: true, data: { readSeq: 1, unread: 0 } }],
    ['an undocumented refusal', { ok: false, error: { ...refused.error, code: 'last_owner' } }],
    ['a bare reply', { readSeq: 1, unread: 0 }],
    ['nothing', undefined],
  ])('faults an ack with %s', (_, ack) => {
    expect(ackFault('mark_read', ack)).toEqual(expect.any(String));
  });

  it.each<[string, string, unknown[]]>([
    ['an unknown name', 'shouted', [{}]],
    ['two payloads', 'session_revoked', [{ reason: 'logout' }, 1]],
    ['a field too many', 'session_revoked', [{ reason: 'logout', token: 'x' }]],
    ['a bad time', 'token_expiring', [{ expiresAt: 'soon' }]],
  ])('faults a push with %s', (_, name, args) => {
    expect(pushFault(name, args)).toEqual(expect.any(String));
  });
});

describe('a running server', () => {
  let server: ChildServer;
  beforeAll(async () => { server = await startChildServer(); });
  afterAll(() => server.close());

  it('serves the very document that is in the repository, to everybody', async () => {
    const answer = await fetch(`${server.url}/asyncapi.json`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(await answer.json()).toEqual(asyncApi);
  });

  it.each(['/async-docs', '/async-docs/'])('shows it to people at %s, within the content security policy', async (path) => {
    const answer = await fetch(`${server.url}${path}`);
    const html = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.headers.get('content-security-policy')).toContain("style-src 'self'");
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i);
    for (const name of Object.keys(asyncApi.operations)) expect(html).toContain(`id="${name}"`);
    for (const code of Object.keys(errors)) expect(html).toContain(`id="error-${code}"`);
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    expect(targets.filter((target) => !html.includes(`id="${target}"`))).toEqual([]);
  });

  it('serves its style sheet, and leaves the REST document alone', async () => {
    expect((await fetch(`${server.url}/async-docs/page.css`)).headers.get('content-type')).toBe('text/css; charset=utf-8');
    const { paths } = (await (await fetch(`${server.url}/api-docs-json`)).json()) as { paths: object };
    expect(Object.keys(paths).filter((path) => path.includes('async'))).toEqual([]);
  });
});
