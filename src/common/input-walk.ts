import { fieldProblem, invalidInput, Refusal } from './refusal.js';
import type { FieldProblem } from '../contract/problem.dto.js';

const maxDepth = 20;
const poison = new Set(['__proto__', 'constructor', 'prototype']);
// eslint-disable-next-line no-control-regex -- finding control characters is the point
const badCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** Refuses, wherever it stands in a request: nesting without end, keys that reach prototypes, text PostgreSQL or a terminal cannot take. */
export function refuseHostileInput(input: unknown): void {
  if (isPlainlyHarmless(input)) return;
  const problems: FieldProblem[] = [];
  walk(input, { path: '', depth: 0, problems });
  if (problems.length > 0) throw invalidInput(problems.slice(0, 20));
}

export function hasBadCharacters(text: string): boolean {
  return badCharacters.test(text) || !text.isWellFormed();
}

/** As most bodies are: names and values without anything inside them. Looked at without noting where one is. */
function isPlainlyHarmless(input: unknown): boolean {
  if (typeof input !== 'object' || input === null || ArrayBuffer.isView(input)) return false;
  return Object.entries(input).every(([key, value]) => {
    if (hasBadCharacters(key) || poison.has(key)) return false;
    return typeof value === 'string' ? !hasBadCharacters(value) : typeof value !== 'object' || value === null;
  });
}

interface Place {
  path: string;
  depth: number;
  problems: FieldProblem[];
}

function walk(value: unknown, { path, depth, problems }: Place): void {
  if (typeof value === 'string' && hasBadCharacters(value)) problems.push(fieldProblem(path, 'bad_characters'));
  if (typeof value !== 'object' || value === null) return;
  if (ArrayBuffer.isView(value)) { // A small socket frame may name one large attachment a thousand times: not to be walked through.
    problems.push(fieldProblem(path, 'wrong_type'));
    return;
  }
  if (depth >= maxDepth) throw new Refusal('too_deep', { detail: `More than ${maxDepth} levels of nesting` });
  for (const key of Object.keys(value)) {
    const inside = path === '' ? key : `${path}.${key}`;
    if (hasBadCharacters(key)) problems.push(fieldProblem(path, 'forbidden_name'));
    else if (poison.has(key)) problems.push(fieldProblem(inside, 'forbidden_name'));
    else walk((value as Record<string, unknown>)[key], { path: inside, depth: depth + 1, problems });
  }
}
