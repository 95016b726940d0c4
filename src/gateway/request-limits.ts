import { Injectable } from '@nestjs/common';
import { logger } from '../common/logger.js';
import { floodsEnded } from '../common/metrics.js';
import type { LimitClass, Standing } from '../common/counts.js';
import { RateLimits, tooMany } from '../common/rate-limits.js';
import type { RequestName } from '../contract/events.js';
import type { ChatSocket } from './chat-socket.js';

/** What each request counts against, as the same thing does over REST. What is not here is no request, and counts as a write. */
const classes: Partial<Record<string, LimitClass>> = {
  sync: 'sync',
  join_room: 'write',
  leave_room: 'write',
  look: 'write',
  new_message: 'messages',
  fetch_messages: 'read',
  fetch_users: 'read',
  edit_message: 'write',
  delete_message: 'write',
  add_reaction: 'write',
  remove_reaction: 'write',
  mark_read: 'write',
  typing: 'typing',
  watch_presence: 'read',
  refresh_token: 'write',
} satisfies Record<RequestName, LimitClass>;

/** How much one account may ask over all its sockets. */
@Injectable()
export class RequestLimits {
  constructor(private readonly rates: RateLimits) {}

  /** Counts a request before anything else is done for it, and does it when it is its turn. */
  async within(socket: ChatSocket, name: string, work: () => Promise<unknown>): Promise<unknown> {
    if (!this.rates.on) return await work();
    const { id } = socket.data.me;
    const limit = classes[name] ?? 'write';
    const standing = await this.count(limit, id);
    if (standing.exceeded) {
      if (limit === 'typing') return {}; // Nobody misses it, and no client waits for another try.
      throw tooMany('rate_limited', standing);
    }
    return await this.rates.inTurn(limit, id, async () => await work());
  }

  /** Somebody who goes on and on is cut off: refusing costs something, too. */
  refused(socket: ChatSocket): void {
    const { id } = socket.data.me;
    if (!socket.connected || !this.rates.refused(id)) return;
    const retryAfterMs = this.rates.floodWaitMs(id);
    socket.emit('rate_limited', { retryAfterMs });
    socket.disconnect(true);
    floodsEnded.inc();
    logger.warn({ userId: id, retryAfterMs }, 'Cut: it went on asking after hundreds of refusals');
  }

  private count(limit: LimitClass, userId: string): Promise<Standing> {
    return limit === 'messages' ? this.rates.countMessage(userId) : this.rates.count(limit, userId);
  }
}
