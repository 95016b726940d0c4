import { readFileSync } from 'node:fs';

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  nullable?: boolean;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  items?: Schema;
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  example?: unknown;
}

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  required?: boolean;
  schema: Schema;
  example?: unknown;
}

interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value: { code?: string; status?: number } }>;
}

export interface Operation {
  operationId: string;
  method: string;
  /** With its parameters in braces. */
  path: string;
  summary?: string;
  description?: string;
  parameters: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
  security?: Record<string, unknown>[];
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const documentFile = new URL('../../docs/openapi.json', import.meta.url);
export const document = JSON.parse(readFileSync(documentFile, 'utf8')) as Document;

/** Every operation of the document, as it is written there. */
export const operations: Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase(), parameters: operation.parameters ?? [] })),
);

/** The schema itself, wherever it is written down. */
export function resolved(schema: Schema): Schema {
  const inner = schema.$ref === undefined ? schema.allOf?.[0] : document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
  return inner === undefined ? schema : { ...resolved(inner), nullable: schema.nullable };
}

/** The fields of an operation's JSON body; none: it takes no body. */
export function bodyFields({ requestBody }: Operation): Record<string, Schema> {
  const schema = requestBody?.content['application/json']?.schema;
  return schema === undefined ? {} : (resolved(schema).properties ?? {});
}

export function exampleBody({ requestBody }: Operation): Record<string, unknown> | undefined {
  return requestBody?.content['application/json']?.example as Record<string, unknown> | undefined;
}

/** The path with its parameters filled in, as they are. */
export function pathOf({ path }: Operation, parameters: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '');
}

/** Whether it needs a token, by its own word. */
/** An access token, that is; figures may ask for one of their own. */
export function needsToken({ security }: Operation): boolean {
  return (security ?? []).some((scheme) => 'bearer' in scheme);
}
