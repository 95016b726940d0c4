import { Injectable } from '@nestjs/common';
import type { Server } from 'socket.io';
import type { TokenState } from '../contract/socket.dto.js';
import { AuthService } from '../auth/auth.service.js';
import { logger } from '../common/logger.js';
import { openSockets } from '../common/metrics.js';
import { Refusal } from '../common/refusal.js';
import { PresenceService } from '../realtime/presence.js';
import { slowConsumer } from '../realtime/slow-readers.js';
import type { ChatSocket } from './chat-socket.js';
import { Draining } from './draining.js';
import { Heads } from './heads.js';
import { PresenceNews } from './presence-news.js';
import { Recheck } from './recheck.js';
import { Viewers } from './viewers.js';

const warnBeforeMs = 60_000;

/** From the handshake to the last moment of the token. */
@Injectable()
export class Connections {
  private readonly timers = new WeakMap<ChatSocket, NodeJS.Timeout[]>();

  constructor(
    private readonly auth: AuthService,
    private readonly presence: PresenceService,
    private readonly viewers: Viewers,
    private readonly news: PresenceNews,
    private readonly heads: Heads,
    private readonly recheck: Recheck,
    private readonly draining: Draining,
  ) {}

  serve(server: Server): void {
    this.draining.serve(server);
    this.viewers.serve(server);
    this.heads.start();
    this.recheck.start();
    this.news.serve(server);
  }

  open(socket: ChatSocket): void {
    const { me, exp } = socket.data;
    openSockets.inc();
    this.presence.connected(me.id, me.sid);
    this.watchExpiry(socket, exp);
    socket.on('disconnecting', (reason: string) => {
      if (reason === slowConsumer) logger.info({ userId: me.id }, 'Cut: it did not read what was pushed to it');
      const seen = this.viewers.seenBy(socket);
      this.news.leaving(me.id, seen);
      setImmediate(() => { seen.forEach((roomId) => { this.viewers.tell(roomId); }); });
    });
  }

  close(socket: ChatSocket): void {
    const { me } = socket.data;
    openSockets.dec();
    this.presence.disconnected(me.id, me.sid);
    this.timers.get(socket)?.forEach(clearTimeout);
  }

  /** A newer token of the same session: the connection may stay as long as that one is good. */
  async renew(socket: ChatSocket, accessToken: string): Promise<TokenState> {
    const { me, exp } = await this.auth.authenticate(accessToken);
    if (me.sid !== socket.data.me.sid) throw new Refusal('unauthenticated', { detail: 'This token belongs to another session' });
    socket.data.exp = exp;
    this.watchExpiry(socket, exp);
    return { expiresAt: toTime(exp) };
  }

  private watchExpiry(socket: ChatSocket, exp: number): void {
    this.timers.get(socket)?.forEach(clearTimeout);
    const left = exp * 1000 - Date.now();
    this.timers.set(socket, [
      setTimeout(() => socket.emit('token_expiring', { expiresAt: toTime(exp) }), Math.max(0, left - warnBeforeMs)).unref(),
      setTimeout(() => socket.disconnect(true), Math.max(0, left)).unref(),
    ]);
  }
}

function toTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
