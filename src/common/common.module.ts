import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { RateLimits } from './rate-limits.js';
import { connectRedis, REDIS } from './redis.js';
import { RoomTurns } from './room-turns.js';
import { StorageHealth } from './storage-health.js';

@Global()
@Module({
  providers: [RateLimits, RoomTurns, StorageHealth, { provide: REDIS, inject: [CONFIG], useFactory: (config: Config) => connectRedis(config.REDIS_URL) }],
  exports: [RateLimits, RoomTurns, StorageHealth, REDIS],
})
export class CommonModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: Redis | null) {}

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }
}
