import type { Schema } from './examples.js';

/** As much of JSON Schema (draft 7) as our contract needs. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  pattern?: string;
}

export type JsonSchemas = Record<string, JsonSchema>;

export const schemaRef = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
export const refName = (ref: string): string => ref.split('/').at(-1) ?? '';

/** OpenAPI 3.0 speaks a dialect of JSON Schema: `nullable` and a single `example` become what everybody else understands. */
export function toJsonSchema(schema: Schema): JsonSchema {
  if ('$ref' in schema) return { $ref: schema.$ref };
  const { nullable, example, properties, items, allOf, oneOf, anyOf, additionalProperties, ...plain } = schema as Omit<typeof schema, 'example'> & { example?: unknown };
  const converted: JsonSchema = {
    ...(plain as JsonSchema),
    ...(example === undefined || (example === null && nullable !== true) ? {} : { examples: [example] }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, toJsonSchema) }),
    ...(items === undefined ? {} : { items: toJsonSchema(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: toJsonSchema(additionalProperties) } : {}),
    ...(allOf === undefined ? {} : { allOf: allOf.map(toJsonSchema) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map(toJsonSchema) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(toJsonSchema) }),
  };
  return nullable === true ? orNull(converted) : converted;
}

function orNull({ type, enum: allowed, allOf, ...rest }: JsonSchema): JsonSchema {
  if (allOf !== undefined) return { ...rest, anyOf: [...allOf, { type: 'null' }] };
  return { ...rest, type: [type ?? 'object', 'null'].flat(), ...(allowed === undefined ? {} : { enum: [...allowed, null] }) };
}

/** The names of all schemas that these need, themselves included, in the order in which one meets them. */
export function reachable(roots: readonly string[], schemas: JsonSchemas): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    if (schemas[name] === undefined) throw new Error(`There is no schema ${name}`);
    found.add(name);
    for (const [, ref] of JSON.stringify(schemas[name]).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) visit(ref ?? '');
  };
  roots.forEach(visit);
  return [...found];
}

export function mapValues<From, To>(record: Record<string, From>, change: (value: From, key: string) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

/** An example of a whole schema, put together from those of its parts. */
export function sampleOf(schema: JsonSchema, schemas: JsonSchemas): unknown {
  if (schema.$ref !== undefined) return sampleOf(schemas[refName(schema.$ref)] ?? {}, schemas);
  const stated = [schema.const, schema.examples?.[0], schema.default, schema.enum?.[0]].find((value) => value !== undefined);
  if (stated !== undefined) return stated;
  const types = [schema.type ?? []].flat();
  const choices = schema.allOf ?? schema.oneOf ?? schema.anyOf ?? [];
  if (types.includes('null') || choices.some(({ type }) => type === 'null')) return null;
  const [first] = choices;
  if (first !== undefined) return sampleOf(first, schemas);
  if (types.includes('array')) return schema.items === undefined ? [] : [sampleOf(schema.items, schemas)];
  if (schema.properties !== undefined) return sampleFields(schema, schemas);
  return { boolean: true, integer: 1, number: 1, string: schema.format === 'uuid' ? sampleId : 'text' }[types[0] ?? ''] ?? {};
}

const sampleId = '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e';

/** What is required, and what says itself how it looks. */
function sampleFields({ properties = {}, required = [] }: JsonSchema, schemas: JsonSchemas): Record<string, unknown> {
  const shown = Object.entries(properties).filter(([name, property]) => required.includes(name) || property.examples !== undefined);
  return Object.fromEntries(shown.map(([name, property]) => [name, sampleOf(property, schemas)]));
}
