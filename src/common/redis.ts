import { Redis } from 'ioredis';
import { logger } from './logger.js';

export const REDIS = Symbol('redis');

/** The shared memory of several nodes, or null when this process serves alone. Commands fail at once while Redis is away. */
export function connectRedis(url: string | undefined): Redis | null {
  if (url === undefined) return null;
  const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, connectTimeout: 2000, commandTimeout: 1000, retryStrategy: (times) => Math.min(times * 200, 2000) });
  let away = false;
  redis.on('error', (error) => {
    if (!away) logger.warn({ err: error }, 'Redis is away; this node goes on alone');
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.warn('Redis is back');
    away = false;
  });
  return redis;
}
