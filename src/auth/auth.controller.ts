import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refuses } from '../common/answers.js';
import { Client, type ClientInfo } from '../common/client-info.js';
import { CurrentUser, Public, type Me } from '../common/me.js';
import { Limit } from '../common/rate-limit.guard.js';
import { Refusal } from '../common/refusal.js';
import { ChangePasswordDto, ConfirmSignInDto, LoginDto, RefreshDto, RegisterDto, SessionIdParam, SessionList, SignedIn, Tokens } from '../contract/auth.dto.js';
import { AuthService } from './auth.service.js';
import { DeviceCookie } from './device-cookie.js';
import { GoogleService } from './google.service.js';
import { RefreshCookie } from './refresh-cookie.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionsService,
    private readonly cookie: RefreshCookie,
    private readonly devices: DeviceCookie,
    private readonly google: GoogleService,
  ) {}

  /** Registers a new user and logs in. In development the first user becomes the admin; in production it is who registers with the
   * code that the server wrote into its log. */
  @Public()
  @Post('register')
  @Limit('sign_in')
  @Refuses('email_taken', 'username_taken', 'password_too_common', 'invalid_admin_code')
  async register(@Body() body: RegisterDto, @Client() client: ClientInfo, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignedIn> {
    return this.cookie.deliverSession(await this.auth.register(body, client), body.delivery, reply);
  }

  /** Logs in with e-mail address or username. After ten failures in 15 minutes, or 50 in a day, by whomever, a login is refused unless it
   * comes from a device on which its owner has signed in before: see `deviceToken`. */
  @Public()
  @Post('login')
  @HttpCode(200)
  @Limit('sign_in')
  @Refuses('invalid_credentials', 'account_disabled', 'too_many_failures')
  async login(@Body() body: LoginDto, @Client() client: ClientInfo, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignedIn> {
    return this.cookie.deliverSession(await this.auth.login(body, client, this.devices.read(reply.request)), body.delivery, reply);
  }

  /** Trades a refresh token for a new pair. Each one is good once: a second use, by whomever, ends the session, except that
   * within 10 seconds, and while its successor is unused, the same answer is given again for those who did not receive it. */
  @Public()
  @Post('refresh')
  @HttpCode(200)
  @Limit('sign_in')
  @Refuses('invalid_refresh_token', 'refresh_reused', 'account_disabled', 'origin_not_allowed')
  async refresh(@Body() body: RefreshDto, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Tokens> {
    const fromCookie = body.refreshToken === undefined ? this.cookie.read(request) : undefined;
    const token = body.refreshToken ?? fromCookie;
    if (token === undefined) throw new Refusal('invalid_refresh_token', { detail: 'No refresh token came with this request' });
    return this.cookie.deliver(await this.auth.refresh(token), fromCookie === undefined ? 'body' : 'cookie', reply);
  }

  /** Ends this session: its access and refresh tokens are refused from now on. */
  @ApiBearerAuth()
  @Post('logout')
  @HttpCode(204)
  @Refuses('origin_not_allowed')
  async logout(@CurrentUser() me: Me, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    this.cookie.clear(request, reply);
    await this.auth.logout(me);
  }

  /** Ends all my sessions, this one too. */
  @ApiBearerAuth()
  @Post('logout-all')
  @HttpCode(204)
  @Refuses('origin_not_allowed')
  async logoutAll(@CurrentUser() me: Me, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    this.cookie.clear(request, reply);
    await this.auth.logoutAll(me);
  }

  /** The devices on which I am logged in, latest first. */
  @ApiBearerAuth()
  @Get('sessions')
  async listSessions(@CurrentUser() me: Me): Promise<SessionList> {
    return { sessions: await this.sessions.list(me) };
  }

  /** Logs one of my devices out. */
  @ApiBearerAuth()
  @Delete('sessions/:id')
  @HttpCode(204)
  @Refuses('not_found')
  async endSession(@CurrentUser() me: Me, @Param() { id }: SessionIdParam): Promise<void> {
    await this.sessions.end(me, id, 'ended_by_user');
  }

  /** Confirms with a new sign-in at Google, begun as any other, that this session is still in the hands of its owner. For ten minutes it
   * may then set a password where there was none. */
  @ApiBearerAuth()
  @Post('confirm')
  @HttpCode(204)
  @Limit('sign_in')
  @Refuses('invalid_code', 'google_not_configured')
  async confirmSignIn(@CurrentUser() me: Me, @Body() body: ConfirmSignInDto): Promise<void> {
    await this.google.confirm(me, body);
  }

  /** Changes my password and ends all my other sessions. */
  @ApiBearerAuth()
  @Post('password')
  @HttpCode(204)
  @Refuses('wrong_password', 'password_too_common', 'too_many_failures', 'reauthentication_required')
  async changePassword(@CurrentUser() me: Me, @Body() body: ChangePasswordDto, @Client() client: ClientInfo): Promise<void> {
    await this.auth.changePassword(me, body, client);
  }
}
