import { logger } from '../common/logger.js';
import { Refusal } from '../common/refusal.js';

/** What the OpenID library's errors carry that is fit for a log: never the answer itself, which may hold a code or a token. */
interface ProviderError {
  name?: string;
  code?: string;
  error?: string;
  status?: number;
  cause?: { code?: unknown } | null;
}

const awayCodes = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_PARSE_ERROR']);

/** No answer, or none that anybody could use: worth another try. */
function isProviderAway(error: unknown): boolean {
  const { code, status } = error as ProviderError;
  return (error instanceof TypeError && code === undefined) || (code !== undefined && awayCodes.has(code)) || (status !== undefined && status >= 500);
}

export function providerAway(error: unknown): Refusal {
  logger.warn(reasonOf(error), 'identity provider is not available');
  return new Refusal('unavailable', { detail: 'The identity provider does not answer', headers: { 'Retry-After': '5' }, retryAfterMs: 5000 });
}

/** The provider, or the check of its answer, said no. */
export function providerRefused(error: unknown): never {
  if (isProviderAway(error)) throw providerAway(error);
  logger.info(reasonOf(error), 'identity provider did not sign in');
  throw new Refusal('sign_in_failed');
}

function reasonOf(error: unknown) {
  const { name, code, error: said, status, cause } = error as ProviderError;
  const providerSaid = said !== undefined && /^[\w.-]{1,60}$/.test(said) ? said : undefined;
  return { reason: code ?? name, providerSaid, status, cause: typeof cause?.code === 'string' ? cause.code : undefined };
}
