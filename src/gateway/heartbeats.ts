import { performance } from 'node:perf_hooks';
import { clearTimeout, setInterval } from 'node:timers';
import { takesFrames, type Connection } from '../realtime/fan-out-connection.js';

/** As much of Engine.IO's socket as a heartbeat takes. */
export interface Beating extends Connection {
  /** When the next heartbeat is due; only Engine.IO's own way uses it. */
  pingIntervalTimer: NodeJS.Timeout | null;
  /** Runs from a heartbeat to its answer. */
  pingTimeoutTimer: NodeJS.Timeout | null;
  hasRefreshedPingTimeout: boolean;
  sendPacket(type: 'ping'): void;
  resetPingTimeout(): void;
}

/** Heartbeats go out this many times in an interval, each time to as many sockets as at any other. */
const beatsAnInterval = 40;
const shortestMs = 25;
/** The whole WebSocket frame of Engine.IO's ping: a text of one character. */
const pingFrame = Buffer.from([0x81, 1, '2'.charCodeAt(0)]);

/**
 * The heartbeats of all sockets, many at once. Engine.IO gives each socket a timer of its own, so that on a quiet server each heartbeat
 * and each answer wakes a process whose caches are cold. What a client is told and hears stays the same: a ping each interval, an
 * answer within the timeout, or the connection is closed.
 */
export class Heartbeats {
  private readonly slots: Set<Beating>[];
  private readonly timer: NodeJS.Timeout;
  private readonly beatMs: number;
  private next = 0;
  private dueAt: number;

  constructor(intervalMs: number) {
    const beats = Math.max(1, Math.min(beatsAnInterval, Math.floor(intervalMs / shortestMs)));
    this.slots = Array.from({ length: beats }, () => new Set());
    this.beatMs = intervalMs / beats;
    this.dueAt = performance.now() + this.beatMs;
    this.timer = setInterval(() => { this.catchUp(performance.now()); }, this.beatMs).unref();
  }

  /** From here on instead of its own timer. The first one comes within an interval. */
  take(connection: Beating): void {
    clearTimeout(connection.pingIntervalTimer ?? undefined);
    connection.pingIntervalTimer = null;
    this.slots.reduce((least, slot) => (slot.size < least.size ? slot : least)).add(connection);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** A busy process is late for each beat, and forty times late would be too late for clients that wait: by the clock, all that are due. */
  private catchUp(now: number): void {
    this.dueAt = Math.max(this.dueAt, now - this.slots.length * this.beatMs);
    for (; this.dueAt <= now; this.dueAt += this.beatMs) this.beat();
  }

  private beat(): void {
    const slot = this.slots[this.next];
    this.next = (this.next + 1) % this.slots.length;
    for (const connection of slot) if (connection.readyState === 'closed') slot.delete(connection); else ping(connection);
  }
}

/**
 * Whoever has yet to answer the last one is not asked again: the time for that would begin anew. A heartbeat may overtake what waits for the end of
 * the turn, and so needs no way through Engine.IO where there is a shorter one.
 */
function ping(connection: Beating): void {
  if (connection.pingTimeoutTimer !== null) return;
  connection.hasRefreshedPingTimeout = false;
  if (takesFrames(connection)) connection.transport.socket._sender.sendFrame([pingFrame]);
  else connection.sendPacket('ping');
  connection.resetPingTimeout();
}
