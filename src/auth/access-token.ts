import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt, { type JwtPayload, type VerifyOptions } from 'jsonwebtoken';
import { isUUID } from 'class-validator';
import { longestAccessTtl } from '../config/settings.js';

const issuer = 'verbatim';
const audience = 'verbatim';
const type = 'at+jwt';

/** Clocks of nodes may differ by so much. */
const skewSeconds = 30;

/** The algorithm is pinned, and so are issuer and audience; half a minute of clock difference is forgiven. */
export const verifyOptions = { algorithms: ['HS256'], issuer, audience, clockTolerance: skewSeconds } satisfies VerifyOptions;

export interface AccessClaims {
  sub: string;
  sid: string;
  iat: number;
  exp: number;
}

/** A KeyObject made once: given as a string, the library would derive the key anew at every check, fifty times the cost. */
export function signingKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'utf8'));
}

/** `iat` is given, so that one rotation always yields one and the same token. */
export function signAccessToken(key: KeyObject, claims: AccessClaims): string {
  return jwt.sign({ ...claims, iss: issuer, aud: audience, typ: 'access' }, key, { algorithm: 'HS256', header: { alg: 'HS256', typ: type } });
}

/** What the library leaves to us: the type, and `crit`, which it ignores though the standard forbids that. */
export function headerIsOurs(token: string): boolean {
  const decoded = jwt.decode(token, { complete: true });
  const header = decoded?.header as unknown as Record<string, unknown> | undefined;
  return header?.typ === type && header.alg === 'HS256' && !('crit' in header);
}

/** The claims of a token whose signature holds, or null when one is missing or of the wrong form. */
export function claimsOf(payload: JwtPayload | string): AccessClaims | null {
  if (typeof payload === 'string') return null;
  const { sub, sid, iat, exp, typ, aud } = payload as Record<string, unknown>;
  const whole = typ === 'access' && aud === audience && // Not one of a list: we never issue such a token.
    isUUID(sub) && isUUID(sid) && Number.isInteger(iat) && Number.isInteger(exp);
  const claims = { sub, sid, iat, exp } as AccessClaims;
  return whole && isOfOurTime(claims) ? claims : null;
}

/**
 * Whether a server whose clock is right can have made it: not in the future, and not for longer than tokens live. The libraries
 * check only that `exp` has not passed, so a token made while the clock was a day ahead would be good for a day.
 */
function isOfOurTime({ iat, exp }: AccessClaims): boolean {
  return iat <= Date.now() / 1000 + skewSeconds && exp - iat <= longestAccessTtl;
}

/** The same of a token that was verified before: the clock may have been set back since. */
export function endsInTime(exp: number): boolean {
  const left = exp - Date.now() / 1000;
  return left > 0 && left <= longestAccessTtl + skewSeconds;
}

/** The whole check at once, with the options that passport-jwt is given for REST. */
export function verifyAccessToken(token: string, key: KeyObject): AccessClaims | null {
  try {
    return headerIsOurs(token) ? claimsOf(jwt.verify(token, key, verifyOptions)) : null;
  } catch {
    return null;
  }
}
