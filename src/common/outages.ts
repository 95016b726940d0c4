import { logger } from './logger.js';

/** An outage is over when its failure has not occurred for this long. */
const quietMs = 10_000;
/** While it lasts, the count is logged so often. */
const reportMs = 60_000;

interface Outage {
  since: number;
  /** When it was seen last, and when it was logged last. */
  seen: number;
  logged: number;
  failures: number;
}

const outages = new Map<string, Outage>();

/**
 * Logs a failure of PostgreSQL, or a request refused because of one: the first of each code at once, the others as a count. Otherwise an outage
 * writes a stack for every request.
 */
export function logOutage(error: unknown, code: string): void {
  const now = performance.now();
  const known = outages.get(code);
  if (known !== undefined) {
    known.failures += 1;
    known.seen = now;
    return;
  }
  const outage = { since: now, seen: now, logged: now, failures: 1 };
  outages.set(code, outage);
  logger.error({ err: error, outage: code }, 'An outage begins; further failures of this kind are only counted');
  const timer = setInterval(() => { if (isOver(code, outage)) clearInterval(timer); }, quietMs / 2).unref();
}

function isOver(code: string, outage: Outage): boolean {
  const now = performance.now();
  const facts = { outage: code, failures: outage.failures, seconds: Math.round((outage.seen - outage.since) / 1000) };
  if (now - outage.seen >= quietMs) {
    outages.delete(code);
    logger.warn(facts, 'An outage is over');
    return true;
  }
  if (now - outage.logged >= reportMs) {
    outage.logged = now;
    logger.warn(facts, 'An outage goes on');
  }
  return false;
}
