import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt, { type JwtPayload, type VerifyOptions } from 'jsonwebtoken';
import { isUUID } from 'class-validator';

const issuer = 'verbatim';
const audience = 'verbatim';
const type = 'at+jwt';

/** The algorithm is pinned, and so are issuer and audience; half a minute of clock difference is forgiven. */
export const verifyOptions = { algorithms: ['HS256'], issuer, audience, clockTolerance: 30 } satisfies VerifyOptions;

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
  return whole ? { sub: sub as string, sid: sid as string, iat: iat as number, exp: exp as number } : null;
}

/** The whole check at once, with the options that passport-jwt is given for REST. */
export function verifyAccessToken(token: string, key: KeyObject): AccessClaims | null {
  try {
    return headerIsOurs(token) ? claimsOf(jwt.verify(token, key, verifyOptions)) : null;
  } catch {
    return null;
  }
}
