import type { FieldProblem } from '../contract/problem.dto.js';
import { errors, fieldErrors, type ErrorCode, type FieldErrorCode } from '../contract/errors.js';

export interface RefusalDetails {
  detail?: string;
  errors?: FieldProblem[];
  headers?: Record<string, string>;
  retryAfterMs?: number;
}

/** A "no" with a code. Services throw it; the edges turn it into problem+json or into a socket ack. */
export class Refusal extends Error {
  readonly status: number;
  readonly title: string;

  constructor(readonly code: ErrorCode, readonly more: RefusalDetails = {}) {
    super(more.detail ?? errors[code][1]);
    [this.status, this.title] = errors[code];
  }
}

/** We cannot, at the moment. Only for what is safe to repeat. */
export function notNow(): Refusal {
  return new Refusal('unavailable', { headers: { 'Retry-After': '1' }, retryAfterMs: 1000 });
}

/** It was on its way when its time was over, or when the connection broke. */
export function outcomeUnknown(): Refusal {
  return new Refusal('outcome_unknown', { headers: { 'Retry-After': '1' }, retryAfterMs: 1000 });
}

export function fieldProblem(path: string, code: FieldErrorCode): FieldProblem {
  const field = path.slice(0, 200).toWellFormed(); // A hostile name is echoed shortened, and as text that JSON can carry.
  return { field, code, message: `${field === '' ? 'The body' : field} ${fieldErrors[code]}` };
}

/** A refusal of fields whose faults are already known. */
export function invalidInput(problems: FieldProblem[]): Refusal {
  return new Refusal('invalid_input', { detail: problems.map(({ message }) => message).join('; '), errors: problems });
}
