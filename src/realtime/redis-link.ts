import { createHmac, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import { logger } from '../common/logger.js';
import { newRedis } from '../common/redis.js';
import type { Config } from '../config/settings.js';
import type { NodeLink } from './node-link.js';

/** We hear ourselves as well: as long as our own beat comes back in time, both directions work. A frozen Redis closes no connection. */
const beatMs = 2000;
const patienceMs = 6000;

/** The link through Redis: publish and subscribe on one channel, by two connections of its own. */
export class RedisLink implements NodeLink {
  connected = false;
  private readonly mark = `${randomUUID()}\n`;
  private readonly mouth: Redis;
  private readonly ear: Redis;
  private readonly timer: NodeJS.Timeout;
  private listening = false;
  private complained = false;
  private echoAt = performance.now();
  private watchedAt = performance.now();
  private heard: (text: string) => void = () => undefined;
  private changed: (connected: boolean) => void = () => undefined;

  constructor(url: string, private readonly channel: string) {
    this.mouth = newRedis(url);
    this.ear = newRedis(url);
    for (const redis of [this.mouth, this.ear]) {
      redis.on('error', () => undefined); // The close that follows says it.
      redis.on('close', () => { this.away(); });
    }
    this.mouth.on('ready', () => { this.beat(); });
    this.ear.on('ready', () => { this.listen(); });
    this.ear.on('message', (_, text) => { this.receive(text); });
    this.timer = setInterval(() => { this.watch(); }, beatMs).unref();
  }

  publish(text: string): void {
    this.mouth.publish(this.channel, this.mark + text).catch((error: unknown) => { this.refused(error); }); // The others notice the gap, and we that we do not hear ourselves.
  }

  whenHeard(listener: (text: string) => void): void {
    this.heard = listener;
  }

  whenChanged(listener: (connected: boolean) => void): void {
    this.changed = listener;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.changed = () => undefined;
    await this.mouth.quit().catch(() => undefined); // Answered after everything that was published before it.
    this.mouth.disconnect();
    this.ear.disconnect();
  }

  private listen(): void {
    this.ear.subscribe(this.channel).then(() => {
      this.listening = true;
      this.beat();
    }, (error: unknown) => { this.refused(error); });
  }

  private beat(): void {
    this.publish('');
  }

  /** A Redis that is away is told of elsewhere; one that says no, to the channel or to whom we are, has to be told of once. */
  private refused(error: unknown): void {
    if (this.complained || !(error instanceof Error) || error.name !== 'ReplyError') return;
    this.complained = true;
    logger.error({ err: error }, 'Redis refuses to link this node to the others');
  }

  /** What still comes through the old connection is too late to count. */
  private away(): void {
    this.listening = false;
    this.turn(false);
  }

  private watch(): void {
    const now = performance.now();
    if (now - this.watchedAt > 2 * beatMs) this.echoAt = now; // We stood still ourselves: what came meanwhile is yet to be read.
    this.watchedAt = now;
    if (this.connected && this.echoAt < now - patienceMs) {
      this.away();
      this.mouth.disconnect(true);
      this.ear.disconnect(true);
    }
    if (this.listening) this.beat();
    else if (this.ear.status === 'ready') this.listen();
  }

  private receive(text: string): void {
    if (!this.listening) return;
    if (text.startsWith(this.mark)) {
      this.echoAt = performance.now();
      this.turn(true);
      return;
    }
    const words = text.slice(text.indexOf('\n') + 1);
    if (words !== '') this.heard(words);
  }

  private turn(connected: boolean): void {
    if (this.connected === connected) return;
    this.connected = connected;
    this.changed(connected);
  }
}

/** Nodes of one deployment share the secret and the database; two deployments on one Redis do not hear each other. */
export function channelOf({ JWT_SECRET, DATABASE_URL }: Pick<Config, 'JWT_SECRET' | 'DATABASE_URL'>): string {
  const database = DATABASE_URL === undefined ? '' : new URL(DATABASE_URL).pathname;
  return `verbatim:nodes:${createHmac('sha256', JWT_SECRET).update(`link ${database}`).digest('base64url')}`;
}
