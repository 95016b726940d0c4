import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize, ArrayUnique, IsArray, IsInt, IsObject, IsString, isUUID, IsUUID, Matches, Max, MaxLength, Min, MinLength, ValidateIf,
} from 'class-validator';

/** May be left out of a JSON body. Unlike IsOptional, it does not let null through. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** An id in the form in which the server compares ids; undefined: the text is no id. */
export function toId(text: unknown): string | undefined {
  return typeof text === 'string' && isUUID(text) ? text.toLowerCase() : undefined;
}

/** What is no id stays as it is: then the rules of the field decide. */
const inOneForm = (value: unknown): unknown => toId(value) ?? value;

/** An id. UUIDs may be written in capital letters; from here on they are in small ones. */
export function Id(docs: ApiPropertyOptions = {}): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'uuid', ...docs }),
    Transform(({ value }) => inOneForm(value)),
    IsUUID(),
  );
}

/** Different ids. */
export function Ids(limits: { max: number }): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => (Array.isArray(value) ? value.map(inOneForm) : (value as unknown))),
    IsArray(),
    ArrayMaxSize(limits.max),
    ArrayUnique(),
    IsUUID(undefined, { each: true }),
  );
}

/** Values by id. What they look like inside is checked where they are read. */
export function ById(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => (isPlainObject(value) ? Object.fromEntries(Object.entries(value).map(([id, one]) => [toId(id) ?? id, one])) : (value as unknown))),
    IsObject(),
  );
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The id of a room, or its slug. */
export function RoomRef(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => inOneForm(value)),
    IsString(),
    MinLength(1),
    MaxLength(50),
  );
}

/** A time as the server writes it. */
export const momentForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/** Whether there is such a time: the form allows days that no month has, and a year of which PostgreSQL knows nothing. */
export function isMoment(text: string): boolean {
  const ms = momentForm.test(text) && !text.startsWith('0000') ? Date.parse(text) : NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === text.slice(0, 10);
}

const oneLine = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cf}\u3164\uffa0\u2800]*$/u;

/** A name in the form in which it is stored. */
export function tidied(text: string): string {
  return text.normalize('NFC').trim();
}

export function isOneLine(text: string): boolean {
  return oneLine.test(tidied(text));
}

/** Text that appears on one line: no line breaks, not only white space, NFC so that equal names are equal. */
export function OneLine(limits: { min?: number; max: number }, docs: ApiPropertyOptions = {}): PropertyDecorator {
  const min = limits.min ?? 1;
  return applyDecorators(
    ApiProperty({ minLength: min, maxLength: limits.max, ...docs }),
    Transform(({ value }) => (typeof value === 'string' ? tidied(value) : (value as unknown))),
    IsString(),
    MinLength(min),
    MaxLength(limits.max),
    Matches(oneLine, { context: { code: 'bad_characters' } }),
  );
}

/** A whole number in a query string. Out of range is refused, never clamped. */
export function QueryInteger(range: { min: number; max: number; default?: number }): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'integer', minimum: range.min, maximum: range.max, default: range.default, required: false }),
    Optional(),
    Transform(({ value }) => (typeof value === 'string' && /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : (value as unknown))),
    IsInt(),
    Min(range.min),
    Max(range.max),
  );
}
