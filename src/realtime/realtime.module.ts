import { Global, Module } from '@nestjs/common';
import { PresenceService } from './presence.js';

@Global()
@Module({ providers: [PresenceService], exports: [PresenceService] })
export class RealtimeModule {}
