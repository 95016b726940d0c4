import { HttpException } from '@nestjs/common';
import type { Problem } from '../contract/problem.dto.js';
import type { ErrorCode } from '../contract/errors.js';
import { logger } from './logger.js';
import { logOutage } from './outages.js';
import { Refusal } from './refusal.js';

/** What Fastify and Nest say by themselves, in our codes. */
const codeOfStatus: Record<number, ErrorCode> = {
  400: 'malformed_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  422: 'invalid_input',
  429: 'rate_limited',
  503: 'unavailable',
};

/** Logs what is our fault: unforeseen errors whole, an outage of PostgreSQL once and then as a count. */
export function logFault(error: unknown, refusal: Refusal, where: object): void {
  const outage = outageOf(error) ?? (refusal.status === 503 ? refusal.code : undefined);
  if (outage !== undefined) logOutage(error, outage);
  else if (refusal.status >= 500) logger.error({ err: error, ...where }, refusal.code);
}

/** Any error at all as a refusal. What nobody foresaw becomes `internal` and says nothing about itself. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isDatabaseAway(error)) return new Refusal('unavailable', { headers: { 'Retry-After': '2' }, retryAfterMs: 2000 });
  const status = statusOf(error);
  const code = status === undefined ? undefined : codeOfStatus[status] ?? (status >= 400 && status < 500 ? 'malformed_request' : undefined);
  return new Refusal(code ?? 'internal');
}

export function toProblem(refusal: Refusal, requestId: string): Problem {
  const { code, status, title, message } = refusal;
  return {
    type: `urn:verbatim:error:${code}`,
    title,
    status,
    code,
    detail: message,
    requestId,
    ...(refusal.more.errors === undefined ? {} : { errors: refusal.more.errors }),
  };
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

/**
 * By their first characters: connection failures, shutdown, lack of resources, errors of the file system; a lock or a statement that took too long;
 * a deadlock; a transaction that PostgreSQL ended; a standby that cannot write.
 */
const awayStates = /^(08|57P0|53|58)|^(57014|55P03|40001|40P01|25P02|25P03|25006)$/;
const awayErrnos = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** What TypeORM throws when the connection broke between two statements of a transaction. */
const awayNames = new Set(['QueryRunnerAlreadyReleasedError', 'TransactionNotStartedError', 'QueryRunnerProviderAlreadyReleasedError']);
const awayMessages = /connection terminated|timeout exceeded when trying to connect|query read timeout|not queryable|client was closed/i;

/** PostgreSQL is gone, stopping, full, or did not answer in time: the caller may try again. */
export function isDatabaseAway(error: unknown): boolean {
  return outageOf(error) !== undefined;
}

/** The code by which such an error is logged; undefined for any other error. */
export function outageOf(error: unknown): string | undefined {
  const { driverError, code, message, name } = (error ?? {}) as { driverError?: unknown; code?: unknown; message?: unknown; name?: unknown };
  if (driverError !== undefined && driverError !== error) return outageOf(driverError);
  if (typeof name === 'string' && awayNames.has(name)) return 'connection_lost';
  if (typeof code === 'string') return awayStates.test(code) || awayErrnos.has(code) ? code : undefined;
  if (typeof message !== 'string' || !awayMessages.test(message)) return undefined;
  return /timeout/i.test(message) ? 'timeout' : 'connection_lost';
}
