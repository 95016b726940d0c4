import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { hasBadCharacters } from '../common/input-walk.js';
import { Refusal } from '../common/refusal.js';

/** Asymmetric ones only. With an HMAC among them, whoever knows the public key could sign. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
export const leewaySeconds = 30;
/** However long its provider would have it live, a proof of presence that is older proves nothing. */
const maxAgeSeconds = 3600;

export interface ExpectedToken {
  keys: JWTVerifyGetKey;
  issuer: string;
  clientId: string;
  /** The one we sent along, when it was us who sent the person there. */
  nonce?: string;
}

export type IdClaims = JWTPayload & { sub: string };

/** The claims of an ID token that this issuer made, for us, a moment ago. Everything else is `invalid_id_token`. */
export async function verifyIdToken(token: string, { keys, issuer, clientId, nonce }: ExpectedToken): Promise<IdClaims> {
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    algorithms,
    issuer: spellings(issuer),
    audience: clientId,
    clockTolerance: leewaySeconds,
    maxTokenAge: maxAgeSeconds,
    requiredClaims: ['sub', 'iat', 'exp'],
  }).catch(refuseFaulty);
  if (!isIdToken(protectedHeader.typ, payload) || !madeFor(clientId, payload) || !hasSubject(payload)) throw new Refusal('invalid_id_token');
  if (nonce !== undefined && payload.nonce !== nonce) throw new Refusal('invalid_id_token');
  return payload;
}

/** Google writes its name with and without the scheme. */
function spellings(issuer: string): string[] {
  return issuer === 'https://accounts.google.com' ? [issuer, 'accounts.google.com'] : [issuer];
}

/** A provider signs other things for the same audience with the same keys, such as logout tokens. They say what they are. */
function isIdToken(type: string | undefined, { events }: JWTPayload): boolean {
  return (type === undefined || type.toUpperCase() === 'JWT') && events === undefined;
}

/** One made for several must name us as the one it was given to. With one audience `azp` may be our own app on a phone. */
function madeFor(clientId: string, { aud, azp }: JWTPayload): boolean {
  return !Array.isArray(aud) || aud.length === 1 || azp === clientId;
}

function hasSubject(payload: JWTPayload): payload is IdClaims {
  const { sub } = payload;
  return typeof sub === 'string' && sub.length > 0 && sub.length <= 255 && !hasBadCharacters(sub);
}

const faultsOfTheToken = [
  errors.JWTInvalid, errors.JWTExpired, errors.JWTClaimValidationFailed, errors.JWSInvalid, errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed, errors.JOSENotSupported, errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys,
];

/** A key set that cannot be fetched is not the token's fault: that error goes on to the caller as it is. */
function refuseFaulty(error: unknown): never {
  if (faultsOfTheToken.some((fault) => error instanceof fault)) throw new Refusal('invalid_id_token');
  throw error;
}
