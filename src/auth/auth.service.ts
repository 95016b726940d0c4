import { Inject, Injectable } from '@nestjs/common';
import type { KeyObject } from 'node:crypto';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import type { ChangePasswordDto, LoginDto, RegisterDto, SignedIn, Tokens } from '../contract/auth.dto.js';
import type { ClientInfo } from '../common/client-info.js';
import { logger } from '../common/logger.js';
import type { Me } from '../common/me.js';
import { signIns } from '../common/metrics.js';
import { Refusal } from '../common/refusal.js';
import { loginKey, UsersService, type Account } from '../users/users.service.js';
import { signAccessToken, signingKey, verifyAccessToken } from './access-token.js';
import { DeviceTokens } from './device-tokens.js';
import { FirstAdmin } from './first-admin.js';
import { LoginAttempts } from './login-attempts.js';
import { Passwords } from './passwords.js';
import { SessionsService, type OpenedSession } from './sessions.service.js';

@Injectable()
export class AuthService {
  private readonly key: KeyObject;

  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly attempts: LoginAttempts,
    private readonly devices: DeviceTokens,
    private readonly firstAdmin: FirstAdmin,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.key = signingKey(config.JWT_SECRET);
  }

  async register({ name, email, username, password, adminCode }: RegisterDto, client: ClientInfo): Promise<SignedIn> {
    const mayBeAdmin = await this.firstAdmin.mayBe(adminCode);
    this.passwords.refuseCommon('password', password, [name, email, email.split('@')[0] ?? '', username ?? '']);
    const passwordHash = await this.passwords.hash(password);
    const user = await this.users.create({ name, email, username, passwordHash, mayBeAdmin });
    return await this.signIn(user.id, client, 'register', passwordHash);
  }

  /** Somebody who is made and not registered: no session, never the admin. */
  async addPerson(person: { name: string; email: string; username: string }, password: string): Promise<Account> {
    const { id } = await this.users.create({ ...person, passwordHash: await this.passwords.hash(password), mayBeAdmin: false });
    return await this.users.getAccount(id);
  }

  /** One answer and one time for every failure: nobody learns from it which accounts exist, or that two names are one account. */
  async login({ login, password, deviceToken = '' }: LoginDto, client: ClientInfo, deviceTokens: readonly string[] = []): Promise<SignedIn> {
    const account = await this.users.findAccount(login);
    const device = this.devices.find([deviceToken, ...deviceTokens], account?.id);
    const attempt = { login: loginKey(login), ip: client.ip, device };
    const right = await this.attempts.compare(attempt, () => this.passwords.verify(account?.passwordHash, password));
    if (account === null || !right) {
      signIns.inc({ way: 'password', outcome: 'refused' });
      logger.info({ ip: client.ip }, 'login refused');
      throw new Refusal('invalid_credentials');
    }
    return await this.signIn(account.id, client, 'password', account.passwordHash);
  }

  /** The end of every way to sign in: a session of ours, with tokens of ours. `passwordHash` is what the password was compared with. */
  async signIn(userId: string, client: ClientInfo, way: 'register' | 'password' | 'google', passwordHash?: string | null): Promise<SignedIn> {
    const account = await this.users.getAccount(userId);
    if (account.disabled) throw new Refusal('account_disabled');
    const session = await this.sessions.open(userId, client);
    if (passwordHash !== undefined) await this.refuseOutdated(session, passwordHash);
    signIns.inc({ way, outcome: 'accepted' });
    logger.info({ user: userId, ip: client.ip, way }, 'signed in');
    return { user: await this.users.getMe(this.me(session, account)), ...this.tokens(session), deviceToken: this.devices.issue(userId) };
  }

  /** Ending all sessions cannot end one that is being opened at that moment with the password of before. So it is looked at again,
   * after the session is stored and before its tokens are told to anybody. */
  private async refuseOutdated(session: OpenedSession, passwordHash: string | null): Promise<void> {
    const account = await this.users.getAccount(session.userId);
    if (account.passwordHash === passwordHash) return;
    await this.sessions.end(this.me(session, account), session.sid, 'password_changed').catch(() => undefined); // May have ended.
    throw new Refusal('invalid_credentials');
  }

  /** Who a token speaks for, and until when; for sockets, which passport does not guard. */
  async authenticate(token: string): Promise<{ me: Me; exp: number }> {
    const claims = verifyAccessToken(token, this.key);
    const me = claims && (await this.sessions.check(claims.sid));
    if (claims === null || me === null || me.id !== claims.sub) throw new Refusal('unauthenticated');
    return { me, exp: claims.exp };
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    const session = await this.sessions.refresh(refreshToken);
    const account = await this.users.getAccount(session.userId);
    if (account.disabled) throw new Refusal('account_disabled');
    return this.tokens(session);
  }

  async logout(me: Me): Promise<void> {
    await this.sessions.end(me, me.sid, 'logout');
  }

  async logoutAll(me: Me): Promise<void> {
    await this.sessions.endAll(me.id, 'logout_all');
  }

  /** Ends every other session: whoever knew the old password is out. */
  async changePassword(me: Me, { current, next }: ChangePasswordDto, client: ClientInfo): Promise<void> {
    const account = await this.users.getAccount(me.id);
    if (account.passwordHash === null) await this.refuseStale(me);
    else await this.checkCurrent(account, current, client.ip);
    this.passwords.refuseCommon('next', next, [account.name, account.email ?? '', account.username]);
    const changed = await this.users.changePassword(me, account.passwordHash, await this.passwords.hash(next));
    if (!changed) throw new Refusal('wrong_password');
    await this.sessions.endAll(me.id, 'password_changed', me.sid);
  }

  /** Nor may a stolen access token set a first password, which would outlive it. */
  private async refuseStale(me: Me): Promise<void> {
    if (!(await this.sessions.isFresh(me))) throw new Refusal('reauthentication_required');
  }

  /** A stolen access token must not become a way to guess the password: failures count as failed logins do. */
  private async checkCurrent(account: Account, current: string | undefined, ip: string): Promise<void> {
    const { passwordHash, id } = account;
    const isRight = async (): Promise<boolean> => current !== undefined && (await this.passwords.verify(passwordHash, current));
    if (!(await this.attempts.compare({ login: id, ip, device: undefined }, isRight))) throw new Refusal('wrong_password');
  }

  private me({ sid, userId }: OpenedSession, { role }: Account): Me {
    return { id: userId, sid, role };
  }

  private tokens({ sid, userId, refreshToken, at }: OpenedSession): Required<Tokens> {
    const iat = Math.floor(at.getTime() / 1000);
    const accessToken = signAccessToken(this.key, { sub: userId, sid, iat, exp: iat + this.config.ACCESS_TTL });
    return { accessToken, refreshToken, expiresIn: this.config.ACCESS_TTL };
  }
}
