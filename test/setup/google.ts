import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { importJWK, SignJWT, type JWK, type JWTPayload } from 'jose';
import { freePort } from '../../tools/free-port.mjs';
import { startServer, type TestServer } from './server.js';

export const clientId = 'verbatim-test';
export const clientSecret = 'a-secret-between-us';

export interface Claims {
  email?: string;
  email_verified?: boolean;
  name?: string;
  picture?: string;
}

export interface TestProvider {
  issuer: string;
  privateJwk: JWK;
  /** What the provider says of somebody from now on. */
  knows(sub: string, claims: Claims): Promise<void>;
  /** An ID token as the provider makes them; what is given replaces what is usual. */
  idToken(claims: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
}

export async function startProvider(port: number, publicUrl: string): Promise<TestProvider> {
  const script = join(__dirname, 'openid-provider.mjs');
  const child = spawn(process.execPath, [script, String(port), `${publicUrl}/api/v1/auth/google/callback`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { complaints += text; });
  const ended = once(child, 'close').then(() => { throw new Error(`The provider did not start: ${complaints}`); });
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  ended.catch(() => undefined);
  const { issuer, privateJwk } = JSON.parse(line.toString()) as { issuer: string; privateJwk: JWK };
  const key = await importJWK(privateJwk, 'RS256');
  return {
    issuer,
    privateJwk,
    async knows(sub, claims) {
      await fetch(`${issuer}/test/accounts/${sub}`, { method: 'PUT', body: JSON.stringify(claims) });
    },
    idToken(claims, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer, aud: clientId, iat: now, exp: now + 3600 };
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'test-key', ...header }).sign(key);
    },
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** A server that knows its own address, as redirects need it. */
export async function startServerWith(issuer: string, port: number): Promise<TestServer> {
  return await startServer({
    PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, OIDC_ISSUER: issuer, GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret,
  });
}

export async function startServerAndProvider(): Promise<{ server: TestServer; provider: TestProvider }> {
  const [serverPort, providerPort] = [await freePort(), await freePort()];
  const provider = await startProvider(providerPort, `http://127.0.0.1:${serverPort}`);
  return { provider, server: await startServerWith(provider.issuer, serverPort) };
}
