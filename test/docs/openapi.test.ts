import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errors, type ErrorCode } from '../../src/contract/errors.js';
import { document, operations, resolved, type Operation, type Schema } from '../setup/document.js';
import { request } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const each = operations.map((operation) => [operation.operationId, operation] as const);

/** The codes that an operation says it may refuse with. */
function refusals({ responses }: Operation): string[] {
  return Object.values(responses).flatMap(({ content }) => Object.keys(content?.['application/problem+json']?.examples ?? {}));
}

it('is what the code says today', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/src/docs/write.js', '--check'], { cwd: root, encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});

it('gives every operation a name of its own', () => {
  const names = operations.map(({ operationId }) => operationId);
  expect([...new Set(names)]).toEqual(names);
  for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z]+$/);
});

it('names every refusal that the service knows, and no other', () => {
  const documented = [...new Set(operations.flatMap(refusals))];
  expect(Object.keys(errors).filter((code) => !documented.includes(code) && !(code in elsewhere))).toEqual([]);
  expect(documented.filter((code) => !(code in errors) || code in elsewhere)).toEqual([]);
});

/** Refusals that no operation meets, and where they are met instead. */
const elsewhere: Partial<Record<ErrorCode, string>> = {
  method_not_allowed: 'at a path, by a method that no operation has',
  sign_in_failed: 'in the address to which a browser is sent back',
  bad_arguments: 'over a socket',
  unknown_event: 'over a socket',
  too_many_sockets: 'over a socket',
};

it('defines every schema that it refers to', () => {
  const text = JSON.stringify(document);
  const named = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => document.components.schemas[name] === undefined)).toEqual([]);
  expect(Object.keys(document.components.schemas).filter((name) => !named.includes(name))).toEqual([]);
});

describe.each(each)('%s', (_, operation) => {
  it('says what it does', () => {
    expect(`${operation.summary ?? ''}${operation.description ?? ''}`.length).toBeGreaterThan(5);
  });

  it('shows an example of what it takes and of what it gives', () => {
    const taken = Object.values(operation.requestBody?.content ?? {});
    const given = Object.values(operation.responses).flatMap(({ content }) => Object.values(content ?? {}));
    for (const media of [...taken, ...given]) expect(media.example ?? Object.values(media.examples ?? {})[0]).toBeDefined();
    expect(Object.keys(operation.responses).some((status) => /^[23]/.test(status))).toBe(true);
  });

  it('shows examples that its own schemas allow', () => {
    const media = [...Object.values(operation.requestBody?.content ?? {}), ...Object.values(operation.responses).flatMap(({ content }) => Object.values(content ?? {}))];
    for (const { schema, example } of media) if (schema !== undefined && example !== undefined) expect(misfits(example, schema, '')).toEqual([]);
  });

  it('asks for a token exactly when it can refuse for want of one', () => {
    expect(refusals(operation).includes('unauthenticated')).toBe((operation.security ?? []).length > 0);
  });

  it('files each refusal under its status, with that status in the example', () => {
    for (const [status, { content }] of Object.entries(operation.responses)) {
      for (const [code, { value }] of Object.entries(content?.['application/problem+json']?.examples ?? {})) {
        expect([code, String(errors[code as ErrorCode][0]), value.code, String(value.status)]).toEqual([code, status, code, status]);
      }
    }
  });

  it('describes every parameter of its path', () => {
    const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name).sort()).toEqual(inPath.sort());
  });
});

/** Where an example has a type that its schema does not allow, or lacks what is required. */
function misfits(value: unknown, declared: Schema, place: string): string[] {
  const schema = resolved(declared);
  if (value === null) return schema.nullable === true || schema.type === undefined ? [] : [`${place} is null`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${place} is not one of the allowed values`];
  if (schema.type === 'array') return Array.isArray(value) ? value.flatMap((one, i) => misfits(one, schema.items ?? {}, `${place}[${i}]`)) : [`${place} is no list`];
  if (schema.type === 'integer') return Number.isInteger(value) ? [] : [`${place} is no integer`];
  if (schema.type === 'object' && schema.properties !== undefined) return objectMisfits(value as Record<string, unknown>, schema, place);
  return schema.type !== undefined && schema.type !== 'object' && typeof value !== schema.type ? [`${place} is no ${schema.type}`] : [];
}

function objectMisfits(value: Record<string, unknown>, { properties = {}, required = [] }: Schema, place: string): string[] {
  const missing = required.filter((name) => !(name in value)).map((name) => `${place}.${name} is missing`);
  const unknown = Object.keys(value).filter((name) => !(name in properties)).map((name) => `${place}.${name} is unknown`);
  return [...missing, ...unknown, ...Object.entries(value).flatMap(([name, one]) => (name in properties ? misfits(one, properties[name] ?? {}, `${place}.${name}`) : []))];
}

describe('the documentation pages', () => {
  let server: TestServer;
  beforeAll(async () => { server = await startServer(); });
  afterAll(() => server.close());

  it('show Swagger UI without a line of inline script or style', async () => {
    for (const path of ['/api-docs', '/api-docs/']) {
      const { status, headers, body } = await request<string>(`${server.url}${path}`, 'GET');
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(body).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
      for (const [, file = ''] of body.matchAll(/(?:src|href)="([^"]+)"/g)) expect([file, (await request(`${server.url}${file}`, 'GET')).status]).toEqual([file, 200]);
    }
  });

  it('give the document to programs', async () => {
    const { status, body } = await request(`${server.url}/api-docs-json`, 'GET');
    expect([status, Object.keys(body.paths).sort()]).toEqual([200, Object.keys(document.paths).sort()]);
    expect((await request<string>(`${server.url}/api-docs-yaml`, 'GET')).body).toMatch(/^openapi: /);
  });
});

it('points programs that read /llms.txt at documents that are there', async () => {
  const server = await startServer();
  const guide = await request<string>(`${server.url}/llms.txt`, 'GET');
  expect([guide.status, guide.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  const links = [...guide.body.matchAll(/\]\((\/[^)]+)\)/g)].map(([, path]) => path);
  expect(links).toHaveLength(4);
  for (const path of links) expect([path, (await fetch(server.url + path)).status]).toEqual([path, 200]);
  await server.close();
});
