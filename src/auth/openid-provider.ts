import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import * as oidc from 'openid-client';
import { CONFIG } from '../config/config.module.js';
import { isSecureAddress } from '../config/kinds.js';
import type { Config } from '../config/settings.js';
import { Refusal } from '../common/refusal.js';
import { leewaySeconds, verifyIdToken } from './id-token.js';
import type { SignInFlow } from './oidc-flow-cookie.js';
import { toPerson, type Person } from './person.js';
import { providerAway, providerRefused } from './provider-faults.js';

interface Discovered {
  client: oidc.Configuration;
  issuer: string;
  keys: JWTVerifyGetKey;
}

const timeoutSeconds = 5;

/** The one OpenID provider that this server trusts: Google, or whichever OIDC_ISSUER names. */
@Injectable()
export class OpenIdProvider {
  /** Kept once it succeeded. The keys are fetched anew by themselves when the provider changes them. */
  private discovered: Promise<Discovered> | undefined;
  private readonly redirectUri: string;
  readonly clientId: string | undefined;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    this.clientId = config.GOOGLE_CLIENT_ID;
    this.redirectUri = `${config.PUBLIC_URL}/api/v1/auth/google/callback`;
  }

  /** Where to send somebody's browser, with what binds the answer to it. */
  async authorizationUrl({ state, nonce, verifier }: SignInFlow): Promise<string> {
    const { client } = await this.discover();
    const challenge = await oidc.calculatePKCECodeChallenge(verifier);
    return oidc.buildAuthorizationUrl(client, {
      redirect_uri: this.redirectUri, scope: 'openid email profile', state, nonce, code_challenge: challenge, code_challenge_method: 'S256',
    }).href;
  }

  /** Trades the code of the provider's answer for an ID token, and that for the person. */
  async redeem(answer: URLSearchParams, { state, nonce, verifier }: SignInFlow): Promise<Person> {
    const { client } = await this.discover();
    const url = new URL(`${this.redirectUri}?${answer.toString()}`);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    const tokens = await oidc.authorizationCodeGrant(client, url, checks).catch(providerRefused);
    return await this.identify(tokens.id_token ?? '', nonce);
  }

  /** Who an ID token speaks of. The library trusts one that comes straight from the provider; here its signature is checked either way. */
  async identify(idToken: string, nonce?: string): Promise<Person> {
    const { keys, issuer } = await this.discover();
    const claims = await verifyIdToken(idToken, { keys, issuer, clientId: this.clientId ?? '', nonce }).catch((error: unknown) => {
      throw error instanceof Refusal ? error : providerAway(error);
    });
    return toPerson(issuer, claims);
  }

  /** At first use and not at start: the server works while the provider is away. A failure is forgotten at once. */
  private discover(): Promise<Discovered> {
    this.discovered ??= this.ask().catch((error: unknown) => {
      this.discovered = undefined;
      throw providerAway(error);
    });
    return this.discovered;
  }

  private async ask(): Promise<Discovered> {
    const { OIDC_ISSUER: issuer, GOOGLE_CLIENT_SECRET: secret = '' } = this.config;
    const metadata = { [oidc.clockTolerance]: leewaySeconds };
    const options = { timeout: timeoutSeconds, execute: issuer.startsWith('http:') ? [allowInsecureRequests] : [] };
    const client = await oidc.discovery(new URL(issuer), this.clientId ?? '', metadata, authentication(secret), options);
    const { issuer: name, jwks_uri: keysAt = '' } = client.serverMetadata();
    if (!isSecureAddress(keysAt)) throw new Error('the provider names no safe address for its keys');
    return { client, issuer: name, keys: createRemoteJWKSet(new URL(keysAt), { timeoutDuration: timeoutSeconds * 1000 }) };
  }
}

/** Deprecated so that nobody overlooks it; the settings let a plain-http issuer pass only on this machine. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- see above
const { allowInsecureRequests } = oidc;

/** HTTP Basic, the standard's default, unless the provider says that it takes none. */
function authentication(secret: string): oidc.ClientAuth {
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const takesBasic = server.token_endpoint_auth_methods_supported?.includes('client_secret_basic') ?? true;
    (takesBasic ? basic : post)(server, ...rest);
  };
}
