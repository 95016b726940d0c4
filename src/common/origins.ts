import { isSecureAddress } from '../config/kinds.js';
import type { Config } from '../config/settings.js';

/** May a page of this origin use this server? Its own pages and those on the list may; programs send no origin at all. */
export function originAllowed(config: Config, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (config.CORS_ORIGINS.includes(origin) || origin === new URL(config.PUBLIC_URL).origin) return true;
  // Where the server is reached by https, a page that came by http may have been written by anybody on the way.
  if (config.PUBLIC_URL.startsWith('https:') && !isSecureAddress(origin)) return false;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
}
