import { setTimeout as pause } from 'node:timers/promises';
import type { Ack } from '../../src/contract/ack.dto.js';
import type { Have, SyncReply } from '../../src/contract/sync.dto.js';
import { authenticate, rawWebSocket } from '../setup/raw-socket.js';

/** As the client library waits: longer each time, and each client a little differently; after a return it asks a moment later. */
const backoff = { leastMs: 400, mostMs: 3000 };
const syncJitterMs = 500;
const answerMs = 20_000;

/** One of very many: comes back and catches up as the client library does, with as little work here as possible. */
export class StormClient {
  /** When it was last connected and had caught up; 0: it is not. */
  syncedAt = 0;
  connections = 0;
  readonly refusals: string[] = [];
  private have: Record<string, Have> = {};
  private socket: Awaited<ReturnType<typeof rawWebSocket>> | undefined;
  private wanted = true;

  constructor(private readonly url: string, private readonly token: string) {}

  /** Until it is told to end. */
  async live(): Promise<void> {
    for (let attempts = 0; this.wanted;) {
      if (await this.connect()) {
        attempts = 0;
        await this.socket?.until(() => false, 2 ** 31 - 1);
      }
      this.syncedAt = 0;
      this.socket?.end();
      attempts += 1;
      if (this.wanted) await pause(Math.min(backoff.mostMs, backoff.leastMs * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2));
    }
  }

  knows(roomId: string): number {
    return this.have[roomId]?.rev ?? 0;
  }

  end(): void {
    this.wanted = false;
    this.socket?.end();
  }

  private async connect(): Promise<boolean> {
    const socket = this.socket = await rawWebSocket(this.url, { patienceMs: answerMs });
    if (socket.refusedWith !== undefined) this.refusals.push(`refused with ${socket.refusedWith}`);
    if (socket.closed || !(await authenticate(socket, this.token))) return false;
    this.connections += 1;
    if (this.connections > 1) await pause(Math.random() * syncJitterMs);
    const ack = await this.sync(socket);
    if (ack === undefined) return false;
    if (!ack.ok) this.refusals.push(ack.error.code);
    else this.take(ack.data);
    return ack.ok;
  }

  private async sync(socket: NonNullable<typeof this.socket>): Promise<Ack<SyncReply> | undefined> {
    await socket.send(`420${JSON.stringify(['sync', { rooms: this.have }])}`);
    const frame = await socket.until((heard) => heard.startsWith('430['), answerMs);
    return frame === undefined ? undefined : (JSON.parse(frame.slice(3)) as [Ack<SyncReply>])[0];
  }

  private take({ rooms }: SyncReply): void {
    for (const { room, position, to } of rooms) this.have[room.id] = { epoch: position.epoch, rev: to };
    this.syncedAt = performance.now();
  }
}
