import { isEmail, isURL } from 'class-validator';
import type { IdClaims } from './id-token.js';

/** What a provider says of somebody who has just proved to be there, in the form that our own rules ask for. */
export interface Person {
  provider: string;
  subject: string;
  /** Null: none, or none that we could store. */
  email: string | null;
  /** The provider has verified the address, at some time. */
  emailVerified: boolean;
  /** The address is this person's now, without doubt: enough to open the account of that address. */
  emailProved: boolean;
  name: string;
  avatarUrl: string | null;
}

export function toPerson(provider: string, claims: IdClaims): Person {
  const email = usableEmail(claims.email);
  return {
    provider,
    subject: claims.sub,
    email,
    emailVerified: claims.email_verified === true,
    emailProved: claims.email_verified === true && isAuthoritative(provider, email, claims.hd),
    name: cleanName(claims.name) || cleanName(email?.split('@')[0]) || 'Somebody',
    avatarUrl: usablePicture(claims.picture),
  };
}

/**
 * Google answers only for its own addresses and for those of domains that it hosts (`hd`): another address was verified once, and may
 * have gone to somebody else since. Any other provider is the operator's own choice, and is believed.
 */
function isAuthoritative(provider: string, email: string | null, hostedDomain: unknown): boolean {
  if (!/^(https:\/\/)?accounts\.google\.com$/.test(provider)) return true;
  return email !== null && (/@gmail\.com$/i.test(email) || (typeof hostedDomain === 'string' && hostedDomain !== ''));
}

function usableEmail(email: unknown): string | null {
  return typeof email === 'string' && email.length <= 254 && isEmail(email) ? email : null;
}

/** The rule for `avatarUrl` in the profile. */
function usablePicture(picture: unknown): string | null {
  const usable = typeof picture === 'string' && picture.length <= 500 && isURL(picture, { protocols: ['https'], require_protocol: true });
  return usable ? picture : null;
}

/** The rule for names (`OneLine` in contract/fields.ts), which a stranger's claim is made to fit. May leave nothing. */
function cleanName(name: unknown): string {
  if (typeof name !== 'string') return '';
  const oneLine = name.normalize('NFC').replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/[\p{Cf}\p{Cs}\u3164\uffa0\u2800]/gu, '').trim();
  return [...oneLine].slice(0, 100).join('').trim();
}
