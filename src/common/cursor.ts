import { hasBadCharacters } from './input-walk.js';
import { fieldProblem, invalidInput } from './refusal.js';

export type CursorKey = readonly (string | number)[];

/** Where a page ended, as an opaque word. */
export function toCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Reads back what `toCursor` wrote; `form` names the type of each part, so that nothing else reaches SQL. */
export function fromCursor<const Form extends readonly ('string' | 'number')[]>(cursor: string, form: Form) {
  const key = parse(cursor);
  const fits = Array.isArray(key) && key.length === form.length && form.every((type, i) => typeof key[i] === type && !hasBadCharacters(String(key[i])));
  if (!fits) throw invalidInput([fieldProblem('cursor', 'bad_format')]);
  return key as { -readonly [I in keyof Form]: Form[I] extends 'string' ? string : number };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
