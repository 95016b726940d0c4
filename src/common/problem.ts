import { HttpException } from '@nestjs/common';
import type { Problem } from '../contract/problem.dto.js';
import type { ErrorCode } from '../contract/errors.js';
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

/** PostgreSQL is gone, stopping, full, or did not answer in time: nobody's fault but ours, and worth another try. */
export function isDatabaseAway(error: unknown): boolean {
  const { driverError, code, message } = (error ?? {}) as { driverError?: unknown; code?: unknown; message?: unknown };
  if (driverError !== undefined && driverError !== error) return isDatabaseAway(driverError);
  if (typeof code === 'string') return /^(08|57P0|53)|^57014$|^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/.test(code);
  return typeof message === 'string' && /connection terminated|timeout exceeded when trying to connect|query read timeout|connection error and is not queryable/i.test(message);
}
