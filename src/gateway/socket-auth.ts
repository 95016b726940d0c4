import { Injectable } from '@nestjs/common';
import type { Server } from 'socket.io';
import { AuthService } from '../auth/auth.service.js';
import { SessionsService } from '../auth/sessions.service.js';
import { newId } from '../common/ids.js';
import { networkOf } from '../common/network.js';
import { asRefusal } from '../common/problem.js';
import { RateLimits, tooMany } from '../common/rate-limits.js';
import { Refusal } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { channels } from '../realtime/channels.js';
import { PresenceService } from '../realtime/presence.js';
import { MembersService } from '../rooms/members.service.js';
import type { ChatSocket } from './chat-socket.js';

const socketsPerUser = 10;
const nobody: ReadonlySet<string> = new Set<string>();

/** Who may connect, and who still may ask. */
@Injectable()
export class SocketAuth {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionsService,
    private readonly members: MembersService,
    private readonly broadcast: Broadcaster,
    private readonly presence: PresenceService,
    private readonly rates: RateLimits,
  ) {}

  guard(server: Server): void {
    server.use((socket, next) => {
      this.admit(socket as unknown as ChatSocket).then(() => { next(); }, (error: unknown) => { next(connectError(error)); });
    });
  }

  private async admit(socket: ChatSocket): Promise<void> {
    const { token } = socket.handshake.auth as { token?: unknown };
    if (typeof token !== 'string') throw new Refusal('unauthenticated');
    const { me, exp } = await this.auth.authenticate(token);
    await this.refuseFlood(me.id);
    socket.handshake.auth = {}; // It has served, and would lie there as long as the connection.
    socket.data = { me, exp, warned: false, muted: new Set(), joins: 0, watched: nobody, underWay: 0 };
    this.hear(socket, await this.roomsToHear(me.id));
  }

  /** Before anybody says who they are, there is only their address to count by. */
  async mayKnock(address: string): Promise<boolean> {
    return !this.rates.on || !(await this.rates.count('handshakes', networkOf(address))).exceeded;
  }

  private async refuseFlood(userId: string): Promise<void> {
    if (!this.rates.on) return;
    const waitMs = this.rates.floodWaitMs(userId);
    if (waitMs > 0) throw tooMany('rate_limited', { resetSeconds: waitMs / 1000 });
    await this.rates.demand('connects', userId);
  }

  /** Rooms as they are when nothing was lost meanwhile: a room that is taken away while we read must not come back. */
  private async roomsToHear(userId: string): Promise<string[]> {
    for (;;) {
      const before = this.broadcast.here.lossesOf(userId);
      const roomIds = await this.members.roomIdsOf(userId);
      if (this.broadcast.here.lossesOf(userId) === before) return roomIds;
    }
  }

  /** In the same turn as the last look: from here on a removal finds this socket in its channels. */
  private hear(socket: ChatSocket, roomIds: readonly string[]): void {
    const { me } = socket.data;
    if (this.sessions.hasEnded(me.sid)) throw new Refusal('unauthenticated');
    const here = socket.nsp.adapter.rooms.get(channels.user(me.id))?.size ?? 0;
    if (this.rates.on && here + this.presence.socketsElsewhere(me.id) >= socketsPerUser) throw new Refusal('too_many_sockets');
    void socket.join([channels.user(me.id), channels.session(me.sid), ...roomIds.map(channels.room)]);
  }

  /** At every request: does the session still count? Mostly that is known. */
  refuseEnded(socket: ChatSocket): Promise<void> | undefined {
    const me = this.sessions.checkConnected(socket.data.me.sid);
    if (me === undefined) return this.lookUp(socket);
    socket.data.me = me;
    return undefined;
  }

  private async lookUp(socket: ChatSocket): Promise<void> {
    const me = await this.sessions.check(socket.data.me.sid);
    if (me === null) {
      socket.disconnect(true);
      throw new Refusal('unauthenticated');
    }
    socket.data.me = me;
  }
}

function connectError(error: unknown): Error {
  const { code, status, title, message, more } = asRefusal(error);
  return Object.assign(new Error(title), { data: { code, status, title, detail: message, requestId: newId(), retryAfterMs: more.retryAfterMs } });
}
