import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import type { Session } from '../contract/auth.dto.js';
import { Chore } from '../common/chore.js';
import type { ClientInfo } from '../common/client-info.js';
import { newId } from '../common/ids.js';
import { logger } from '../common/logger.js';
import type { Me } from '../common/me.js';
import { sessionsEnded } from '../common/metrics.js';
import { Refusal } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { Nodes } from '../realtime/nodes.js';
import { PresenceService } from '../realtime/presence.js';
import { KnownSessions } from './known-sessions.js';
import { newRefreshToken, readRefreshToken, sha256, successorKey, successorOf } from './refresh-token.js';
import { SessionUses } from './session-uses.js';
import { toSession, type PastSession } from './session.view.js';
import { sessionEnd, SessionsRepository, type LiveSession } from './sessions.repository.js';
import { SignInCodesRepository } from './sign-in-codes.repository.js';

export interface OpenedSession {
  sid: string;
  userId: string;
  refreshToken: string;
  /** When this pair of tokens was made. */
  at: Date;
}

/** Before what is believed of a session runs out. When a try is lost, sessions are looked up one by one until the next. */
const renewMs = 4000;
const housekeepingMs = 30_000;

@Injectable()
export class SessionsService implements OnModuleInit, OnApplicationShutdown {
  private readonly known: KnownSessions;
  private readonly uses = new SessionUses();
  private readonly successorKey: Buffer;
  private readonly housekeeping = new Chore(() => this.keepHouse({ everything: false }), 'Session housekeeping did not complete');
  private readonly renewal = new Chore(() => this.renewKnown(), 'Sessions in use could not be looked up again');

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly codes: SignInCodesRepository,
    private readonly presence: PresenceService,
    private readonly broadcast: Broadcaster,
    private readonly nodes: Nodes,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.successorKey = successorKey(config.JWT_SECRET);
    this.known = new KnownSessions((known) => sessions.stillAsKnown(known));
    nodes.hear('sessions_ended', ({ userId, sids, reason }) => { this.forgetHere(userId, sids, reason); });
    nodes.hear('sessions_changed', ({ sids }) => { this.known.forget(sids); });
  }

  onModuleInit(): void {
    this.housekeeping.every(housekeepingMs);
    this.renewal.every(renewMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.housekeeping.end(() => this.keepHouse({ everything: true })), this.renewal.end()]);
  }

  async open(userId: string, client: ClientInfo): Promise<OpenedSession> {
    const at = new Date();
    const token = newRefreshToken(newId());
    await this.sessions.add({
      id: token.sid, userId, familyHash: sha256(token.family), refreshHash: sha256(token.text), previousHash: null, rotatedAt: at,
      userAgent: client.userAgent, ip: client.ip, createdAt: at, lastUsedAt: at, expiresAt: sessionEnd(at, at, this.config.REFRESH_TTL), revokedAt: null, confirmedAt: null,
    });
    this.presence.seen(userId, token.sid);
    return { sid: token.sid, userId, refreshToken: token.text, at };
  }

  /** Rotates. A token that was rotated away before ends its whole session: either its owner or a thief holds a copy. */
  async refresh(text: string): Promise<OpenedSession> {
    const token = readRefreshToken(text);
    if (token === null) throw new Refusal('invalid_refresh_token');
    const next = successorOf(token, this.successorKey);
    const outcome = await this.sessions.rotate({
      id: token.sid, familyHash: sha256(token.family), presentedHash: sha256(token.text), nextHash: sha256(next.text), now: new Date(), idleSeconds: this.config.REFRESH_TTL,
    });
    if (outcome.kind === 'unknown') throw new Refusal('invalid_refresh_token');
    if (outcome.kind === 'reused') {
      this.forget(outcome.session.userId, [token.sid], 'refresh_reused');
      throw new Refusal('refresh_reused');
    }
    return { sid: token.sid, userId: outcome.session.userId, refreshToken: next.text, at: outcome.session.rotatedAt };
  }

  /** Who a session belongs to, when it still counts. No query when it was looked up a moment ago. */
  async check(sid: string): Promise<Me | null> {
    const session = this.known.find(sid) ?? (await this.lookUp(sid));
    if (session === false || session.expiresAt.getTime() <= Date.now()) return null;
    return this.touch(sid, session);
  }

  /** The same without waiting, for the hot path; undefined: ask `check`. */
  checkKnown(sid: string): Me | undefined {
    const session = this.liveAsKnown(sid);
    return session && this.touch(sid, session);
  }

  /** The same of a session that has a socket here, whose owner is here as long as it has. */
  checkConnected(sid: string): Me | undefined {
    const session = this.liveAsKnown(sid);
    return session && this.use(sid, session);
  }

  /** Whether it ended here a moment ago. */
  hasEnded(sid: string): boolean {
    return this.known.hasEnded(sid);
  }

  private liveAsKnown(sid: string): LiveSession | undefined {
    const session = this.known.find(sid);
    return session === undefined || session === false || session.expiresAt.getTime() <= Date.now() ? undefined : session;
  }

  private touch(sid: string, session: LiveSession): Me {
    this.presence.seen(session.userId, sid);
    return this.use(sid, session);
  }

  private use(sid: string, { userId, role }: LiveSession): Me {
    this.uses.note(sid);
    return { id: userId, sid, role };
  }

  private async lookUp(sid: string): Promise<LiveSession | false> {
    const found = (await this.sessions.findLive(sid)) ?? false;
    if (this.known.hasEnded(sid)) return false;
    this.known.remember(sid, found);
    return found;
  }

  async list(me: Me): Promise<Session[]> {
    return await this.viewLive(me.id, me.sid);
  }

  /** Every session that is kept of somebody, those that have ended too. */
  async allOf(userId: string): Promise<PastSession[]> {
    return (await this.sessions.listAll(userId)).map((row) => ({ ...toSession(row, ''), endedAt: row.revokedAt?.toISOString() ?? null }));
  }

  private async viewLive(userId: string, currentSid: string): Promise<Session[]> {
    const rows = (await this.sessions.listLive(userId)).map((row) => ({ ...row, lastUsedAt: this.uses.latest(row.id, row.lastUsedAt) }));
    return rows.sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime()).map((row) => toSession(row, currentSid));
  }

  /** Its owner has signed in at the identity provider again. */
  confirm({ sid }: Me): Promise<void> {
    return this.sessions.confirm(sid);
  }

  /** Whether its owner signed in or confirmed it within the last ten minutes. */
  isFresh({ sid }: Me): Promise<boolean> {
    return this.sessions.isFresh(sid);
  }

  /** Ends one of my sessions. */
  async end(me: Me, sid: string, reason: string): Promise<void> {
    const ended = await this.sessions.revoke(me.id, { only: sid });
    if (ended.length === 0) throw new Refusal('not_found');
    this.forget(me.id, ended, reason);
  }

  /** Returns how many. */
  async endAll(userId: string, reason: string, except?: string): Promise<number> {
    const ended = await this.sessions.revoke(userId, { except });
    this.forget(userId, ended, reason);
    return ended.length;
  }

  /** For who ended sessions as a part of something larger, in one transaction with it. */
  ended(userId: string, sids: string[], reason: string): void {
    this.forget(userId, sids, reason);
  }

  /** Rights have changed: look them up anew at the next request. */
  async recheck(userId: string): Promise<void> {
    const sids = (await this.sessions.listLive(userId)).map(({ id }) => id);
    this.known.forget(sids);
    this.nodes.tell('sessions_changed', { sids });
  }

  /** Of the sessions that are connected here: ends those that ended elsewhere while nobody could tell us. */
  async recheckConnected(): Promise<void> {
    await this.renewKnown();
    await this.cutUnlessLive(new Set(this.broadcast.here.sessions().keys()));
  }

  private async cutUnlessLive(sids: ReadonlySet<string>): Promise<void> {
    if (sids.size === 0) return;
    const connected = [...this.broadcast.here.sessions()].filter(([sid]) => sids.has(sid));
    const ended = new Set(connected.length === 0 ? [] : await this.sessions.endedAmong(connected.map(([sid]) => sid)));
    for (const [sid, userId] of connected) if (ended.has(sid)) this.forgetHere(userId, [sid], 'ended_elsewhere');
  }

  private forget(userId: string, sids: string[], reason: string): void {
    this.forgetHere(userId, sids, reason);
    this.nodes.tell('sessions_ended', { userId, sids, reason });
    sessionsEnded.inc({ reason }, sids.length);
    logger.info({ user: userId, sessions: sids, reason }, 'sessions ended');
  }

  private forgetHere(userId: string, sids: readonly string[], reason: string): void {
    for (const sid of sids) {
      this.known.rememberEnded(sid, this.config.ACCESS_TTL * 1000 + 60_000);
      this.presence.gone(userId, sid);
      this.uses.forget(sid);
    }
    this.broadcast.here.cutSessions(userId, sids, reason);
  }

  /** While this fails, what we know grows old, and sessions are looked up one by one. */
  private async renewKnown(): Promise<void> {
    await this.cutUnlessLive(new Set(await this.known.renew()));
  }

  private async keepHouse(which: { everything: boolean }): Promise<void> {
    const uses = this.uses.toTell(which);
    if (uses.size > 0) await this.sessions.usedAt(uses);
    await this.sessions.forgetEnded();
    await this.codes.forgetExpired();
  }
}
