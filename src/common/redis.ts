import { Redis } from 'ioredis';
import { logger } from './logger.js';

export const REDIS = Symbol('redis');

/** A connection that comes back by itself for ever. Commands fail at once while Redis is away, and after a second while it is frozen. */
export function newRedis(url: string): Redis {
  return new Redis(url, {
    enableOfflineQueue: false, autoResubscribe: false, maxRetriesPerRequest: 1, connectTimeout: 2000, commandTimeout: 1000,
    retryStrategy: (times) => Math.min(times * 200, 2000),
  });
}

/** The shared memory of several nodes, or null when this process serves alone. */
export function connectRedis(url: string | undefined): Redis | null {
  if (url === undefined) return null;
  const redis = newRedis(url);
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
