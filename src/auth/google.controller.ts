import { Body, Controller, Get, Header, HttpCode, Post, Query, Redirect, Req, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refuses } from '../common/answers.js';
import { Client, type ClientInfo } from '../common/client-info.js';
import { Public } from '../common/me.js';
import { Limit } from '../common/rate-limit.guard.js';
import { ExchangeCodeDto, GoogleIdTokenDto, GoogleStartQuery, SignedIn, SignInProviders } from '../contract/auth.dto.js';
import { GoogleService } from './google.service.js';
import { OidcFlowCookie } from './oidc-flow-cookie.js';
import { RefreshCookie } from './refresh-cookie.js';

const location = { Location: { description: 'Where to go', schema: { type: 'string' as const, format: 'uri' } } };

@ApiTags('auth')
@Public()
@Controller('auth')
export class GoogleController {
  constructor(private readonly google: GoogleService, private readonly flows: OidcFlowCookie, private readonly cookie: RefreshCookie) {}

  /** Which ways to sign in, besides a password, this server offers, and whether it has an admin yet. */
  @Get('providers')
  getSignInProviders(): Promise<SignInProviders> {
    return this.google.providers();
  }

  /** Signs in with the ID token that Google's own button gave to your page or app; 201 when that made a new user.
   * An account with the same, verified, e-mail address is linked: its password and its sessions so far end. */
  @Post('google')
  @HttpCode(200)
  @Limit('sign_in')
  @ApiResponse({ status: 200, type: SignedIn, description: 'A user who was there' })
  @ApiResponse({ status: 201, type: SignedIn, description: 'A new user' })
  @Refuses('invalid_id_token', 'account_disabled', 'email_taken', 'google_not_configured')
  async signInWithGoogle(@Body() body: GoogleIdTokenDto, @Client() client: ClientInfo, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignedIn> {
    const { created, signedIn } = await this.google.signIn(body, client);
    void reply.status(created ? 201 : 200);
    return this.cookie.deliverSession(signedIn, body.delivery, reply);
  }

  /** Where a browser begins to sign in with Google: go there, do not fetch it. It ends at the web page `/sign-in`, with
   * `?code=`, to be exchanged for tokens within a minute, or with `?error=` and an error code. */
  @Get('google')
  @HttpCode(302)
  @Redirect()
  @Header('Cache-Control', 'no-store')
  @Limit('sign_in')
  @ApiResponse({ status: 302, description: 'To the identity provider', headers: location })
  @Refuses('google_not_configured')
  async startGoogleSignIn(@Query() { challenge }: GoogleStartQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<{ url: string }> {
    const { url, flow } = await this.google.start(challenge);
    await this.flows.keep(flow, reply);
    return { url };
  }

  /** Where Google sends the browser back to; not for clients. Every outcome is a redirect to `/sign-in`: with `?code=`, or with
   * `?error=` and `sign_in_failed` (also without our cookie or with a wrong state), `email_taken`, `account_disabled` or `unavailable`. */
  @Get('google/callback')
  @HttpCode(302)
  @Redirect()
  @Header('Cache-Control', 'no-store')
  @Limit('sign_in')
  @ApiResponse({ status: 302, description: 'To the web page `/sign-in`', headers: location })
  @Refuses('google_not_configured')
  async finishGoogleSignIn(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<{ url: string }> {
    const answer = new URLSearchParams(request.query as Record<string, string>);
    return { url: await this.google.finish(answer, await this.flows.take(answer, request, reply)) };
  }

  /** Trades the code that the sign-in brought to the web page for tokens. A code is good once, for a minute, and if the sign-in
   * was started with a `challenge`, only with its `verifier`; a wrong verifier uses the code up. */
  @Post('exchange')
  @HttpCode(200)
  @Limit('sign_in')
  @Refuses('invalid_code', 'account_disabled', 'google_not_configured')
  async exchangeSignInCode(@Body() body: ExchangeCodeDto, @Client() client: ClientInfo, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignedIn> {
    return this.cookie.deliverSession(await this.google.exchange(body, client), body.delivery, reply);
  }
}
