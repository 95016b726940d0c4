import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

/** One logger for the process: JSON lines on stdout. No token, password or message text is ever given to it. */
export const logger: Logger = pino({
  base: null,
  level: 'warn', // Until the settings are read.
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  serializers: { err: errorForLog },
  redact: ['req.headers', 'headers', 'password', 'token', 'accessToken', 'refreshToken', 'idToken'],
});

/** A failed query carries its parameters, which are somebody's words, address or password hash: only what is listed here is written. */
function errorForLog(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return String(error);
  const { name, message, code, stack, cause } = error as Partial<Error> & { code?: unknown };
  return { type: name, message, code, stack, cause: cause === undefined ? undefined : errorForLog(cause) };
}

/** Nest's own words go to the same place. Its account of every module and route is for debugging. */
export const nestLogger: LoggerService = {
  log: (message: unknown, context?: unknown) => { logger.debug({ context }, String(message)); },
  error: (message: unknown, ...more: unknown[]) => { logger.error({ context: more.at(-1), stack: more.length > 1 ? more[0] : undefined }, String(message)); },
  warn: (message: unknown, context?: unknown) => { logger.warn({ context }, String(message)); },
  debug: (message: unknown, context?: unknown) => { logger.debug({ context }, String(message)); },
  verbose: (message: unknown, context?: unknown) => { logger.trace({ context }, String(message)); },
};
