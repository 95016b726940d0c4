import type { OpenAPIObject } from '@nestjs/swagger';

export type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
export type Schema = Schemas[string];

/** An example of a whole schema, put together from the examples of its properties. */
export function exampleOf(schema: Schema, schemas: Schemas): unknown {
  if ('$ref' in schema) return exampleOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas);
  if (schema.example !== undefined) return schema.example;
  if (schema.nullable === true && schema.allOf === undefined) return null;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0] as unknown;
  const [first] = schema.allOf ?? schema.oneOf ?? schema.anyOf ?? [];
  if (first !== undefined) return exampleOf(first, schemas);
  if (schema.type === 'array') return [exampleOf(schema.items ?? {}, schemas)];
  if (schema.properties !== undefined) {
    const shown = Object.entries(schema.properties).filter(([name, property]) => schema.required?.includes(name) === true || ('example' in property && property.example !== undefined));
    return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property, schemas)]));
  }
  return { boolean: false, integer: 1, number: 1, string: 'text', object: {} }[schema.type as string] ?? null;
}
