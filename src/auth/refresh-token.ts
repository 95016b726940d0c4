import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { parse as uuidParse, stringify as uuidStringify } from 'uuid';

/**
 * A refresh token is 64 bytes: the session's id (16), a random part that all tokens of the session share (16) and the
 * part that changes at each use (32). The shared part proves that even a token rotated away long ago was once real, so its
 * reuse can end the session, while a made-up one cannot.
 */
export interface RefreshToken {
  sid: string;
  family: Buffer;
  text: string;
}

export function newRefreshToken(sid: string): RefreshToken {
  return assemble(sid, randomBytes(16), randomBytes(32));
}

export function readRefreshToken(text: string): RefreshToken | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 64 || bytes.toString('base64url') !== text) return null;
  try {
    return { sid: uuidStringify(bytes.subarray(0, 16)), family: bytes.subarray(16, 32), text };
  } catch {
    return null; // Sixteen bytes that are no UUID.
  }
}

/** Derived, not random: when the answer is lost, the same old token yields the same new one, and nothing has to be stored. */
export function successorOf(token: RefreshToken, key: Buffer): RefreshToken {
  return assemble(token.sid, token.family, createHmac('sha256', key).update(token.text).digest());
}

export function successorKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'verbatim refresh successor', 32));
}

export function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

function assemble(sid: string, family: Buffer, changing: Buffer): RefreshToken {
  return { sid, family, text: Buffer.concat([uuidParse(sid), family, changing]).toString('base64url') };
}
