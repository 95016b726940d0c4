import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
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
import { PresenceWatches } from './presence-watches.js';
import { Recheck } from './recheck.js';
import { Viewers } from './viewers.js';

const warnBeforeMs = 60_000;
/** A token outlives its end by no more than this. */
const watchMs = 500;

/** From the handshake to the last moment of the token. */
@Injectable()
export class Connections implements OnApplicationShutdown {
  private server: Server | undefined;
  private watch: NodeJS.Timeout | undefined;
  /** Until then no token needs a look. */
  private soonest = Infinity;

  constructor(
    private readonly auth: AuthService,
    private readonly presence: PresenceService,
    private readonly viewers: Viewers,
    private readonly news: PresenceNews,
    private readonly watches: PresenceWatches,
    private readonly heads: Heads,
    private readonly recheck: Recheck,
    private readonly draining: Draining,
  ) {}

  serve(server: Server): void {
    this.server = server;
    this.watch = setInterval(() => { this.watchTokens(); }, watchMs).unref();
    this.draining.serve(server);
    this.viewers.serve(server);
    this.heads.start();
    this.recheck.start();
    this.news.serve(server);
  }

  onApplicationShutdown(): void {
    clearInterval(this.watch);
  }

  open(socket: ChatSocket): void {
    const { me } = socket.data;
    openSockets.inc();
    this.presence.connected(me.id, me.sid);
    this.lookAgain(socket);
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
    this.watches.remove(socket);
    this.presence.disconnected(me.id, me.sid);
  }

  /** A newer token of the same session: the connection may stay as long as that one is good. */
  async renew(socket: ChatSocket, accessToken: string): Promise<TokenState> {
    const { me, exp } = await this.auth.authenticate(accessToken);
    if (me.sid !== socket.data.me.sid) throw new Refusal('unauthenticated', { detail: 'This token belongs to another session' });
    Object.assign(socket.data, { exp, warned: false });
    this.watchToken(socket, Date.now());
    return { expiresAt: toTime(exp) };
  }

  /** One look at all of them now and then: two timers for each would weigh more than the rest of what we keep of an idle one. */
  private watchTokens(): void {
    const now = Date.now();
    if (now < this.soonest) return;
    this.soonest = Infinity;
    for (const socket of this.server?.of('/').sockets.values() ?? []) this.watchToken(socket as ChatSocket, now);
  }

  private watchToken(socket: ChatSocket, now: number): void {
    const { data } = socket;
    const left = data.exp * 1000 - now;
    if (left <= 0) {
      socket.disconnect(true);
      return;
    }
    if (left <= warnBeforeMs && !data.warned) {
      data.warned = true;
      socket.emit('token_expiring', { expiresAt: toTime(data.exp) });
    }
    this.lookAgain(socket);
  }

  private lookAgain({ data }: ChatSocket): void {
    this.soonest = Math.min(this.soonest, data.exp * 1000 - (data.warned ? 0 : warnBeforeMs));
  }
}

function toTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
