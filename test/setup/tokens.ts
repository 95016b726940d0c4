import { createHmac, randomUUID } from 'node:crypto';
import { testSecret } from './secret.js';

export type Part = Record<string, unknown>;

export const base64url = (data: unknown): string => Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64url');
export const now = (): number => Math.floor(Date.now() / 1000);

export const goodHeader: Part = { alg: 'HS256', typ: 'at+jwt' };

export function goodClaims({ sub, sid }: { sub: string; sid: string }): Part {
  return { sub, sid, iat: now(), exp: now() + 600, iss: 'verbatim', aud: 'verbatim', typ: 'access' };
}

/** A token as one would make it by hand: any header, any claims, any key. */
export function handmade(header: Part, claims: unknown, options: { key?: string | Buffer; hash?: string } = {}): string {
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${createHmac(options.hash ?? 'sha256', options.key ?? testSecret).update(signed).digest('base64url')}`;
}

/** What the payload of a token says. */
export function readClaims(token: string): { sub: string; sid: string; exp: number; iat: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string; sid: string; exp: number; iat: number };
}

export const without = (part: Part, name: string): Part => Object.fromEntries(Object.entries(part).filter(([key]) => key !== name));
export const randomId = (): string => randomUUID();
