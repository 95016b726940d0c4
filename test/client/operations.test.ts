import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { operations } from '../../client/src/index.js';

interface Operation {
  operationId: string;
  parameters?: { in: string; name: string }[];
  requestBody?: unknown;
  security?: unknown[];
}

/** A page goes there; nobody asks for them. */
const notAsked = ['startGoogleSignIn', 'finishGoogleSignIn'];

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as { paths: Record<string, Record<string, Operation>> };
const documented = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })));

describe('chat.api', () => {
  it('has every operation of the OpenAPI document, at its place', () => {
    const wanted = documented.filter(({ operationId }) => !notAsked.includes(operationId)).map(({ operationId, method, path }) => [operationId, `${method} ${path}`]);
    expect(operations).toEqual(Object.fromEntries(wanted));
  });

  it('may put what is not in the path into the query or the body, by the method alone', () => {
    const isRead = (method: string): boolean => method === 'GET' || method === 'DELETE';
    expect(documented.filter(({ method, requestBody }) => isRead(method) && requestBody !== undefined)).toEqual([]);
    expect(documented.filter(({ method, parameters = [] }) => !isRead(method) && parameters.some((parameter) => parameter.in === 'query'))).toEqual([]);
  });
});
