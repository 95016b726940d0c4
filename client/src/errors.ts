import type { ErrorCode } from '../../src/contract/errors.js';
import type { FieldProblem } from '../../src/contract/problem.dto.js';

/** The server's codes, and what only a client can know. `unreachable`: no answer came, so it is not known whether it was done. */
export type ClientErrorCode = ErrorCode | 'unreachable' | 'not_connected' | 'signed_out';

export interface ErrorFacts {
  code: ClientErrorCode;
  status?: number;
  detail?: string;
  errors?: FieldProblem[];
  retryAfterMs?: number;
  requestId?: string;
}

/** Every refusal and every failure of the connection, over REST and sockets alike. */
export class VerbatimError extends Error {
  override readonly name = 'VerbatimError';
  readonly code: ClientErrorCode;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly detail: string;
  /** One entry for each field that is not acceptable. */
  readonly errors: readonly FieldProblem[];
  readonly retryAfterMs: number | undefined;
  /** Found again in the server's log. */
  readonly requestId: string | undefined;

  constructor(facts: ErrorFacts, options?: ErrorOptions) {
    super(facts.detail ?? facts.code, options);
    this.code = facts.code;
    this.status = facts.status ?? 0;
    this.detail = facts.detail ?? facts.code;
    this.errors = facts.errors ?? [];
    this.retryAfterMs = facts.retryAfterMs;
    this.requestId = facts.requestId;
  }
}

export function asVerbatimError(error: unknown): VerbatimError {
  if (error instanceof VerbatimError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new VerbatimError({ code: 'unreachable', detail }, { cause: error });
}

const worthAnotherTry: ReadonlySet<ClientErrorCode> = new Set([
  'unreachable', 'not_connected', 'signed_out', 'unavailable', 'outcome_unknown', 'internal', 'rate_limited', 'too_many_sockets', 'too_many_failures', 'unauthenticated',
]);

/** May the same request succeed later? Everything else is the server's last word. */
export const mayPass = (error: VerbatimError): boolean => worthAnotherTry.has(error.code);
