import { Global, Module } from '@nestjs/common';
import { Broadcaster } from './broadcaster.js';
import { PresenceService } from './presence.js';

@Global()
@Module({ providers: [Broadcaster, PresenceService], exports: [Broadcaster, PresenceService] })
export class RealtimeModule {}
