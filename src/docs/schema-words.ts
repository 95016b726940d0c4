import { refName, type JsonSchema, type JsonSchemas } from './json-schema.js';

export interface Field {
  name: string;
  /** In words, with references to other schemas as `{Name}`. */
  type: string;
  required: boolean;
  about: string;
}

/** The fields of an object's schema, in words. */
export function fieldsOf({ properties = {}, required = [] }: JsonSchema): Field[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name, type: typeInWords(schema), required: required.includes(name), about: [schema.description, limitsInWords(schema)].filter(Boolean).join(' '),
  }));
}

function typeInWords(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return `{${refName(schema.$ref)}}`;
  const choices = schema.allOf ?? schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return choices.map(typeInWords).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  return [schema.type ?? 'anything'].flat().map((type) => oneTypeInWords(type, schema)).join(' or ');
}

function oneTypeInWords(type: string, { items, format, additionalProperties }: JsonSchema): string {
  if (type === 'array') return `list of ${typeInWords(items ?? {})}`;
  if (type === 'string' && format !== undefined) return { uuid: 'UUID', 'date-time': 'time (ISO 8601)' }[format] ?? format;
  if (type === 'object' && typeof additionalProperties === 'object') return `map from id to ${typeInWords(additionalProperties)}`;
  return type === 'integer' ? 'whole number' : type;
}

/** Which numbers are not worth saying: the largest that JSON carries. */
const endless = Number.MAX_SAFE_INTEGER;

function limitsInWords({ minLength, maxLength, minimum, maximum, default: fallback }: JsonSchema): string {
  const span = (from: number | undefined, to: number | undefined, what: string): string[] => {
    if (to === undefined || to === endless) return from === undefined || from === 0 ? [] : [`At least ${from}${what}.`];
    return [from === undefined ? `At most ${to}${what}.` : `${from} to ${to}${what}.`];
  };
  return [
    ...span(minLength, maxLength, ' characters'),
    ...span(minimum, maximum, ''),
    ...(fallback === undefined ? [] : [`Default: ${JSON.stringify(fallback)}.`]),
  ].join(' ');
}

/** The schemas that have something of their own to show, by name. */
export function objectsOf(schemas: JsonSchemas): [name: string, schema: JsonSchema][] {
  return Object.entries(schemas).filter(([, { properties = {}, enum: allowed }]) => allowed !== undefined || Object.keys(properties).length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
}
