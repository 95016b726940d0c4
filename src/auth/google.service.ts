import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import type { ErrorCode } from '../contract/errors.js';
import type { ConfirmSignInDto, ExchangeCodeDto, GoogleIdTokenDto, SignedIn, SignInProviders } from '../contract/auth.dto.js';
import type { ClientInfo } from '../common/client-info.js';
import { logger } from '../common/logger.js';
import type { Me } from '../common/me.js';
import { signIns } from '../common/metrics.js';
import { asRefusal } from '../common/problem.js';
import { Refusal } from '../common/refusal.js';
import { UsersService } from '../users/users.service.js';
import { AuthService } from './auth.service.js';
import { FirstAdmin } from './first-admin.js';
import { IdentitiesService } from './identities.service.js';
import type { SignInFlow } from './oidc-flow-cookie.js';
import { OpenIdProvider } from './openid-provider.js';
import { sha256 } from './refresh-token.js';
import { SessionsService } from './sessions.service.js';
import { SignInCodesRepository } from './sign-in-codes.repository.js';

const codeLifeMs = 60_000;

/** Sign-in through an identity provider. Both ways end in a session of ours; the provider's tokens are looked at and dropped. */
@Injectable()
export class GoogleService {
  constructor(
    private readonly provider: OpenIdProvider,
    private readonly identities: IdentitiesService,
    private readonly codes: SignInCodesRepository,
    private readonly users: UsersService,
    private readonly auth: AuthService,
    private readonly sessions: SessionsService,
    private readonly firstAdmin: FirstAdmin,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async providers(): Promise<SignInProviders> {
    return { google: this.isConfigured, awaitsAdmin: (await this.firstAdmin.awaitedCode()) !== undefined };
  }

  private get isConfigured(): boolean {
    return this.provider.clientId !== undefined;
  }

  /** For pages and apps that got an ID token from Google's own button. */
  async signIn({ idToken }: GoogleIdTokenDto, client: ClientInfo): Promise<{ created: boolean; signedIn: SignedIn }> {
    this.refuseUnconfigured();
    try {
      const { userId, created } = await this.identities.userOf(await this.provider.identify(idToken));
      return { created, signedIn: await this.auth.signIn(userId, client, 'google') };
    } catch (error) {
      throw refused(error);
    }
  }

  /** Where the browser goes, and what it has to bring back. */
  async start(challenge: string | undefined): Promise<{ url: string; flow: SignInFlow }> {
    this.refuseUnconfigured();
    const flow = { state: random(), nonce: random(), verifier: random(), challenge };
    return { url: await this.provider.authorizationUrl(flow), flow };
  }

  /** The browser is back. It is a person who waits here, so every outcome is a page to go to and none a problem document. */
  async finish(answer: URLSearchParams, flow: SignInFlow | null): Promise<string> {
    this.refuseUnconfigured();
    try {
      if (flow === null) throw new Refusal('sign_in_failed', { detail: 'This browser has no such sign-in under way' });
      return this.page('code', await this.codeFor(await this.provider.redeem(answer, flow).then((person) => this.identities.userOf(person)), flow));
    } catch (error) {
      return this.page('error', pageError(refused(error)));
    }
  }

  async exchange(body: ExchangeCodeDto, client: ClientInfo): Promise<SignedIn> {
    return await this.auth.signIn(await this.redeem(body), client, 'google');
  }

  /** The sign-in opens no session of its own, but confirms the one that asks. */
  async confirm(me: Me, body: ConfirmSignInDto): Promise<void> {
    if ((await this.redeem(body)) !== me.id) throw refused(new Refusal('invalid_code', { detail: 'This code is for another account' }));
    await this.sessions.confirm(me);
  }

  /** A code is good once, whatever the outcome: with a wrong verifier it is in the wrong hands. */
  private async redeem({ code, verifier }: ConfirmSignInDto): Promise<string> {
    this.refuseUnconfigured();
    const taken = await this.codes.take(sha256(code));
    if (taken === null || !verifies(taken.challenge, verifier)) throw refused(new Refusal('invalid_code'));
    return taken.userId;
  }

  private async codeFor({ userId }: { userId: string }, { challenge }: SignInFlow): Promise<string> {
    const { disabled } = await this.users.getAccount(userId);
    if (disabled) throw new Refusal('account_disabled');
    const code = random();
    await this.codes.add({ codeHash: sha256(code), userId, challenge: challenge ?? null, expiresAt: new Date(Date.now() + codeLifeMs) });
    return code;
  }

  private page(key: 'code' | 'error', value: string): string {
    return `${this.config.PUBLIC_URL}/sign-in?${key}=${encodeURIComponent(value)}`;
  }

  private refuseUnconfigured(): void {
    if (!this.isConfigured) throw new Refusal('google_not_configured');
  }
}

/** 256 bits, base64url. */
function random(): string {
  return randomBytes(32).toString('base64url');
}

/** A verifier where none was announced is refused too: else leaving the challenge out would switch the protection off unnoticed. */
function verifies(challenge: string | null, verifier: string | undefined): boolean {
  if (challenge === null || verifier === undefined) return challenge === null && verifier === undefined;
  const [expected, given] = [Buffer.from(challenge, 'base64url'), createHash('sha256').update(verifier).digest()];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Counts and logs a sign-in that came to nothing; what nobody foresaw is logged whole. */
function refused(error: unknown): Refusal {
  const refusal = asRefusal(error);
  signIns.inc({ way: 'google', outcome: 'refused' });
  if (refusal.code === 'internal') logger.error({ err: error }, 'google sign-in failed');
  else logger.info({ code: refusal.code, detail: refusal.message }, 'google sign-in refused');
  return refusal;
}

/** An ID token that we fetched ourselves and cannot accept is not something the person at the page can mend. */
function pageError({ code }: Refusal): ErrorCode {
  return code === 'invalid_id_token' ? 'sign_in_failed' : code;
}
