import { VerbatimError } from '../errors.js';

export const exitCodes = { done: 0, failed: 1, usage: 2, signIn: 3, notFound: 4, unavailable: 5 } as const;

/** Something that ends the program with a sentence and a code. */
export class Failure extends Error {
  constructor(readonly exitCode: number, message: string, readonly hint?: string) {
    super(message);
  }
}

export const usage = (message: string): Failure => new Failure(exitCodes.usage, message);

const signIn = new Set(['signed_out', 'unauthenticated', 'invalid_credentials', 'invalid_refresh_token', 'refresh_reused', 'account_disabled']);
const unavailable = new Set(['unreachable', 'not_connected', 'unavailable', 'outcome_unknown', 'rate_limited', 'too_many_failures', 'too_many_sockets']);

export function exitCodeOf(error: unknown): number {
  if (error instanceof Failure) return error.exitCode;
  if (!(error instanceof VerbatimError)) return exitCodes.failed;
  if (signIn.has(error.code)) return exitCodes.signIn;
  if (unavailable.has(error.code)) return exitCodes.unavailable;
  return error.code === 'not_found' ? exitCodes.notFound : exitCodes.failed;
}

const hints: Partial<Record<string, string>> = {
  signed_out: 'Sign in: verbatim login',
  unauthenticated: 'Sign in again: verbatim login',
  not_a_member: 'Come in first: verbatim join <room>',
};

export function sentenceOf(error: unknown): string {
  if (error instanceof Failure) return [error.message, error.hint].filter(Boolean).join('\n');
  if (!(error instanceof VerbatimError)) return error instanceof Error ? error.message : String(error);
  const fields = error.errors.map(({ message }) => message).join('; ');
  const wait = error.retryAfterMs === undefined ? '' : ` Try again in ${Math.ceil(error.retryAfterMs / 1000)} s.`;
  return [`${fields === '' ? error.detail : fields}${wait}`, hints[error.code]].filter(Boolean).join('\n');
}

export function jsonOf(error: unknown): object {
  if (error instanceof VerbatimError) return { error: { code: error.code, status: error.status, detail: error.detail, errors: error.errors, requestId: error.requestId } };
  return { error: { code: error instanceof Failure && error.exitCode === exitCodes.usage ? 'usage' : 'failed', detail: sentenceOf(error) } };
}
