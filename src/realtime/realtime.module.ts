import { Global, Module } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { primary } from '../common/primary.js';
import { Broadcaster } from './broadcaster.js';
import { IpcLink } from './ipc-link.js';
import { NODE_LINK, type NodeLink } from './node-link.js';
import { Nodes } from './nodes.js';
import { PresenceService } from './presence.js';
import { channelOf, RedisLink } from './redis-link.js';

/** How this process reaches the others, or null when it serves alone. */
function openLink(config: Config): NodeLink | null {
  if (config.REDIS_URL !== undefined) return new RedisLink(config.REDIS_URL, channelOf(config));
  return primary === null ? null : new IpcLink(primary);
}

@Global()
@Module({
  providers: [Broadcaster, Nodes, PresenceService, { provide: NODE_LINK, inject: [CONFIG], useFactory: openLink }],
  exports: [Broadcaster, Nodes, PresenceService],
})
export class RealtimeModule {}
