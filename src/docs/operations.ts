import type { OpenAPIObject } from '@nestjs/swagger';
import { REFUSALS } from '../common/answers.js';
import { toProblem } from '../common/problem.js';
import { Refusal } from '../common/refusal.js';
import { errors, type ErrorCode } from '../contract/errors.js';
import { exampleOf, type Schemas } from './examples.js';

type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Answer = NonNullable<OperationObject['responses'][string]>;
type Operation = OperationObject & { [REFUSALS]?: ErrorCode[] };
const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;
const sampleRequestId = '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e';

/** Writes into each operation the refusals that it can meet and an example for everything it takes and gives. */
export function describeOperations(document: OpenAPIObject): OpenAPIObject {
  const limited = (path: string): boolean => path.startsWith('/api/');
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (operation === undefined) continue;
      describeRefusals(operation, limited(path));
      describeExamples(operation, document.components?.schemas ?? {});
    }
  }
  return document;
}

function describeRefusals(operation: Operation, limited: boolean): void {
  operation.security ??= [];
  const codes = new Set<ErrorCode>([...(operation[REFUSALS] ?? []), ...sharedRefusals(operation, limited)]);
  delete operation[REFUSALS];
  for (const status of new Set([...codes].map((code) => errors[code][0]))) {
    const here = [...codes].filter((code) => errors[code][0] === status);
    operation.responses[status] ??= refusalResponse(status, here);
  }
}

function sharedRefusals(operation: Operation, limited: boolean): ErrorCode[] {
  const takesInput = operation.requestBody !== undefined || (operation.parameters?.length ?? 0) > 0;
  return [
    'malformed_request',
    ...(operation.security?.length === 0 ? [] : ['unauthenticated' as const]),
    ...(takesInput ? ['invalid_input' as const, 'repeated_query_key' as const] : []),
    ...(operation.requestBody === undefined ? [] : (['malformed_json', 'too_deep', 'body_too_large', 'unsupported_media_type'] as const)),
    ...(limited ? (['rate_limited', 'internal', 'unavailable'] as const) : ['internal' as const]),
  ];
}

function refusalResponse(status: number, codes: ErrorCode[]): Answer {
  const examples = Object.fromEntries(codes.map((code) => [code, { value: toProblem(new Refusal(code), sampleRequestId) }]));
  const headers = status === 429 ? { headers: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' as const } } } } : {};
  return {
    description: codes.map((code) => `\`${code}\`: ${errors[code][1]}`).join('  \n'),
    ...headers,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples } },
  };
}

function describeExamples(operation: Operation, schemas: Schemas): void {
  const bodies = [operation.requestBody, ...Object.values(operation.responses)];
  const media = bodies.flatMap((body) => (body !== undefined && 'content' in body ? Object.values(body.content ?? {}) : []));
  for (const one of media) {
    if (one.schema !== undefined && one.example === undefined && one.examples === undefined) one.example = exampleOf(one.schema, schemas);
  }
}
