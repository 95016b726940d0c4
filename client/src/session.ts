import type { SignedIn, TokenDelivery, Tokens } from '../../src/contract/auth.dto.js';
import type { OwnUser } from '../../src/contract/user.dto.js';
import { asVerbatimError, VerbatimError, type ClientErrorCode } from './errors.js';
import type { Http } from './http.js';
import { operations } from './operations.js';
import { unhurried } from './timers.js';
import type { SavedSession, SessionStore } from './types.js';

const renewBeforeMs = 60_000;
const final: ReadonlySet<ClientErrorCode> = new Set(['invalid_refresh_token', 'refresh_reused', 'account_disabled', 'unauthenticated']);

interface Access {
  token: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** When it is time for the next one. */
  renewAt: number;
}

interface Hooks {
  /** A newer access token is there. */
  renewed(token: string): void;
  /** The session of this user is over, whoever ended it. */
  ended(reason: string, userId: string): Promise<void>;
}

/** Who is signed in, and tokens that are always good. Everyone who needs a new token at the same time shares one renewal. */
export class Session {
  me: OwnUser | undefined;
  private access: Access | undefined;
  private refreshToken: string | undefined;
  private renewing: Promise<string> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private leaving = false;

  constructor(private readonly http: Http, private readonly store: SessionStore, readonly delivery: TokenDelivery, private readonly hooks: Hooks) {}

  async accept(answer: SignedIn): Promise<OwnUser> {
    this.me = answer.user;
    await this.keep(answer);
    if (answer.deviceToken !== undefined) await this.store.saveDevice?.(answer.deviceToken);
    return answer.user;
  }

  /** Shows the server that its owner has signed in on this device before. Browsers have it in a cookie. */
  async deviceToken(): Promise<string | undefined> {
    return this.delivery === 'cookie' ? undefined : await this.store.loadDevice?.();
  }

  /** Goes on with what was stored. With a cookie the server must be asked; without an answer the stored user counts. */
  async resume(): Promise<boolean> {
    const saved = await this.store.load();
    if (saved === undefined && this.delivery === 'body') return false;
    this.me = saved?.user;
    this.refreshToken = saved?.refreshToken;
    if (saved?.accessToken !== undefined && saved.expiresAt !== undefined) this.access = toAccess(saved.accessToken, saved.expiresAt);
    try {
      const token = await this.token();
      this.me ??= (await this.http.send({ method: 'GET', path: '/api/v1/users/me', token })) as OwnUser;
      await this.save();
      return true;
    } catch (error) {
      return await this.notResumed(asVerbatimError(error));
    }
  }

  /** A token that is good for a while yet. */
  async token(): Promise<string> {
    if (this.access !== undefined && Date.now() < this.access.renewAt) return this.access.token;
    return await this.renew(this.access?.token);
  }

  /** A newer token than this one. */
  async renew(than?: string): Promise<string> {
    if (this.access !== undefined && this.access.token !== than && Date.now() < this.access.expiresAt) return this.access.token;
    this.renewing ??= this.renewNow().finally(() => { this.renewing = undefined; });
    return await this.renewing;
  }

  get isOn(): boolean {
    return this.me !== undefined && !this.leaving;
  }

  /** From now on a refused token is no news: the session is being ended here. */
  leave(): void {
    this.leaving = true;
  }

  async end(reason: string): Promise<void> {
    const { me } = this;
    this.forget();
    await this.store.clear();
    if (me !== undefined) await this.hooks.ended(reason, me.id);
  }

  /** No more renewals by themselves. */
  rest(): void {
    clearTimeout(this.timer);
  }

  /** Renews before the token ends, as long as somebody is connected with it. */
  watch(): void {
    clearTimeout(this.timer);
    if (this.access === undefined) return;
    const wait = Math.max(500, Math.min(this.access.renewAt - Date.now() + 50, 2 ** 31 - 1));
    this.timer = unhurried(setTimeout(() => { this.token().catch(() => { this.watch(); }); }, wait));
  }

  private async notResumed(error: VerbatimError): Promise<boolean> {
    if (final.has(error.code) || error.code === 'signed_out') {
      this.forget();
      await this.store.clear();
      return false;
    }
    if (this.me === undefined) throw error;
    return true;
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.leaving = false;
    this.me = undefined;
    this.access = undefined;
    this.refreshToken = undefined;
  }

  private async renewNow(): Promise<string> {
    const exclusively = this.store.exclusively?.bind(this.store) ?? (<T>(work: () => Promise<T>) => work());
    return await exclusively(async () => (await this.othersRenewed()) ?? (await this.ask()));
  }

  /** Another tab or process that shares the store may have been faster: its refresh token replaces ours, which is spent. */
  private async othersRenewed(): Promise<string | undefined> {
    if (this.delivery === 'cookie') return undefined;
    const saved = await this.store.load();
    if (saved?.refreshToken === undefined || saved.refreshToken === this.refreshToken) return undefined;
    this.refreshToken = saved.refreshToken;
    const access = toAccess(saved.accessToken ?? '', saved.expiresAt ?? 0);
    if (Date.now() >= access.renewAt) return undefined;
    this.adopt(access);
    return access.token;
  }

  private async ask(): Promise<string> {
    if (this.delivery === 'body' && this.refreshToken === undefined) throw new VerbatimError({ code: 'signed_out', detail: 'Nobody is signed in' });
    const [method = '', path = ''] = operations.refresh.split(' ');
    try {
      const tokens = (await this.http.send({ method, path, body: this.delivery === 'cookie' ? {} : { refreshToken: this.refreshToken } })) as Tokens;
      await this.keep(tokens);
      return tokens.accessToken;
    } catch (error) {
      const fault = asVerbatimError(error);
      if (!final.has(fault.code)) throw fault;
      if (this.isOn) await this.end(fault.code);
      throw new VerbatimError({ code: 'signed_out', detail: fault.detail, status: fault.status, requestId: fault.requestId }, { cause: fault });
    }
  }

  private async keep({ accessToken, refreshToken, expiresIn }: Tokens): Promise<void> {
    this.refreshToken = refreshToken;
    this.adopt(toAccess(accessToken, Date.now() + expiresIn * 1000));
    await this.save();
  }

  private adopt(access: Access): void {
    this.access = access;
    this.hooks.renewed(access.token);
  }

  private async save(): Promise<void> {
    if (this.me === undefined) return;
    const tokens: Partial<SavedSession> = this.delivery === 'cookie' ? {} : { refreshToken: this.refreshToken, accessToken: this.access?.token, expiresAt: this.access?.expiresAt };
    await this.store.save({ user: this.me, ...tokens });
  }
}

/** A minute before its end, or after two thirds of a short life. */
function toAccess(token: string, expiresAt: number): Access {
  const left = expiresAt - Date.now();
  return { token, expiresAt, renewAt: expiresAt - Math.min(renewBeforeMs, Math.max(0, left / 3)) };
}
