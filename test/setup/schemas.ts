import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { mapValues, toJsonSchema, type JsonSchema, type JsonSchemas } from '../../src/docs/json-schema.js';
import type { AsyncApiDocument } from '../../src/docs/asyncapi.js';
import { operations, document as openApi, pathOf } from './document.js';

/** Everything that a test sees of the server is held against the published schemas. Fields that they do not name are faults. */
class Checker {
  private readonly ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true, formats });
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(schemas: JsonSchemas) {
    for (const [name, schema] of Object.entries(schemas)) this.ajv.addSchema(prepared(schema), name);
  }

  /** What is wrong with a value; undefined: nothing. The schema is made once for each `key`. */
  fault(key: string, schema: () => JsonSchema, value: unknown): string | undefined {
    const check = this.compiled.get(key) ?? this.ajv.compile(prepared(schema()));
    this.compiled.set(key, check);
    if (check(value)) return undefined;
    return `${key}: ${this.ajv.errorsText(check.errors, { dataVar: 'it' })}: ${String(JSON.stringify(value)).slice(0, 1000)}`;
  }
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;
const formats = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  'date-time': (text: string): boolean => time.test(text) && !Number.isNaN(Date.parse(text)),
};

/** References by plain name, and objects closed. */
function prepared(schema: JsonSchema): JsonSchema {
  return closed(JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/components/schemas/', '"$ref":"')) as JsonSchema);
}

function closed(schema: JsonSchema): JsonSchema {
  const isObject = [schema.type].flat().includes('object') && schema.additionalProperties === undefined;
  return {
    ...schema,
    ...(isObject ? { additionalProperties: false } : {}),
    ...(schema.properties === undefined ? {} : { properties: mapValues(schema.properties, closed) }),
    ...(schema.items === undefined ? {} : { items: closed(schema.items) }),
    ...mapValues(pick(schema), (list) => list.map(closed)),
  };
}

function pick({ allOf, anyOf, oneOf }: JsonSchema): Record<string, JsonSchema[]> {
  return Object.fromEntries(Object.entries({ allOf, anyOf, oneOf }).filter((entry): entry is [string, JsonSchema[]] => entry[1] !== undefined));
}

export const asyncApiFile = new URL('../../docs/asyncapi.json', import.meta.url);
export const asyncApi = JSON.parse(readFileSync(asyncApiFile, 'utf8')) as AsyncApiDocument;

const frames = new Checker(asyncApi.components.schemas);

/** What is wrong with an ack. */
export function ackFault(event: string, ack: unknown): string | undefined {
  const known = asyncApi.components.messages[`${event}.ack`]?.payload;
  return frames.fault(known === undefined ? 'ack of an unknown event' : `ack of ${event}`, () => known ?? unknownEventAck, ack);
}

const unknownEventAck: JsonSchema = {
  type: 'object',
  properties: { ok: { const: false }, error: { allOf: [{ $ref: '#/components/schemas/SocketError' }, { properties: { code: { const: 'unknown_event' } } }] } },
  required: ['ok', 'error'],
};

/** What is wrong with a push; one that the table does not have is a fault itself. */
export function pushFault(event: string, args: unknown[]): string | undefined {
  const known = asyncApi.components.messages[`${event}.push`]?.payload;
  if (known === undefined || args.length !== 1) return `push ${event} with ${args.length} payloads is not in the table`;
  return frames.fault(`push ${event}`, () => known, args[0]);
}

/** What is wrong with a refused handshake. */
export function connectFault(error: unknown): string | undefined {
  const { message, data } = error as { message: string; data?: unknown };
  return frames.fault('connect_error', () => asyncApi.components.messages.connect_error.payload, { message, data });
}

const answers = new Checker(mapValues(openApi.components.schemas as never, toJsonSchema));
const routes = operations.map((operation) => ({ operation, pattern: new RegExp(`^${pathOf(operation, new Proxy({}, { get: () => '[^/?]+' }))}(\\?|$)`) }));

/** What is wrong with an answer over REST. Only what the document describes is looked at. */
export function answerFault(method: string, path: string, { status, headers, body }: { status: number; headers: Headers; body: unknown }): string | undefined {
  const route = routes.find(({ operation, pattern }) => operation.method === method && pattern.test(path));
  if (route === undefined) return undefined;
  const { operationId, responses } = route.operation;
  const response = responses[status];
  if (response === undefined) return `${operationId}: the document does not have the answer ${status}: ${JSON.stringify(body).slice(0, 500)}`;
  const type = headers.get('content-type')?.split(';', 1)[0] ?? '';
  const schema = response.content?.[type]?.schema;
  if (schema !== undefined) return answers.fault(`${operationId} ${status}`, () => toJsonSchema(schema), body);
  const empty = response.content === undefined && body === '';
  return empty || (status === 302 && body === '') || response.content?.[type] !== undefined ? undefined : `${operationId}: the document does not have ${status} ${type}: ${JSON.stringify(body).slice(0, 500)}`;
}
