import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { Ack } from '../../src/contract/ack.dto.js';
import type { Message } from '../../src/contract/message.dto.js';
import type { SyncReply } from '../../src/contract/sync.dto.js';
import type { Run } from '../setup/checker.js';
import { RoomCopy, type Change } from './room-copy.js';

/** What all members together did and saw. */
export interface Diary {
  sent: Run['sent'];
  acked: Run['acked'];
  /** Sends that were answered with a no, and how long the answer took. */
  refused: { code: string; ms: number }[];
  /** Sends that were under way when the server, having said that it closes, closed. */
  cutShort: number;
  closings: number;
  /** How often somebody connected. */
  connections: number;
  /** What must never happen. */
  faults: string[];
}

export interface Identity {
  id: string;
  name: string;
  token: string;
}

interface Entry {
  clientId: string;
  roomId: string;
  text: string;
  at: number;
}

const durable = ['new_message', 'message_updated', 'room_updated', 'member_joined', 'member_updated', 'member_left'];
/** Five seconds are promised; a busy machine adds to them. Less than PostgreSQL stands still in these runs. */
const answerMs = 8500;

/** Somebody with an outbox: what was not acked is sent again with the same id, after reconnecting too. Shows pushes, and syncs by the client rule. */
export class Member {
  readonly rooms = new Map<string, RoomCopy>();
  private readonly socket: Socket;
  /** Connected and caught up. */
  private live = false;
  private closing = false;
  private syncing = false;
  private gone = false;

  constructor(readonly me: Identity, private readonly url: string, private readonly door: 'socket' | 'rest', private readonly diary: Diary) {
    this.socket = io(url, { auth: { token: me.token }, transports: ['websocket'], reconnectionDelay: 50, reconnectionDelayMax: 300, forceNew: true, timeout: 3000 });
    this.socket.on('connect', () => { this.closing = false; diary.connections += 1; void this.catchUp(); });
    this.socket.on('disconnect', (reason) => { this.lost(reason); });
    this.socket.on('connect_error', () => { this.comeBack(); });
    this.socket.on('server_closing', () => { this.closing = true; diary.closings += 1; });
    this.socket.on('session_revoked', () => diary.faults.push(`${me.name}'s session was revoked`));
    this.socket.on('head', (head: { roomId: string; rev: number }) => { if (head.rev > (this.rooms.get(head.roomId)?.rev ?? head.rev)) this.syncSoon(); });
    for (const name of durable) this.socket.on(name, (change: Change) => { this.hear(name, change); });
  }

  /** Sends until it is acked, however long that takes. */
  async say(roomId: string, text: string): Promise<void> {
    await this.comesAlive();
    const entry = { clientId: randomUUID(), roomId, text, at: performance.now() };
    this.diary.sent.push({ clientId: entry.clientId, senderId: this.me.id, roomId, text, at: entry.at });
    for (;;) {
      const message = await (this.door === 'socket' ? this.overSocket(entry) : this.overRest(entry));
      if (message !== undefined) {
        const { seq, id } = message;
        this.diary.acked.push({ clientId: entry.clientId, senderId: this.me.id, roomId, seq, id, sentAt: entry.at, ackedAt: performance.now() });
        return;
      }
      await pause(100 + Math.random() * 200);
      await this.comesAlive();
    }
  }

  displayed(): Run['displayed'] {
    return [...this.rooms].map(([roomId, copy]) => ({ who: this.me.name, roomId, ids: copy.shown }));
  }

  async comesAlive(): Promise<void> {
    while (!this.live || this.closing) {
      if (this.gone) throw new Error(`${this.me.name} left before the server came back`);
      await pause(10);
    }
  }

  leave(): void {
    this.gone = true;
    this.socket.disconnect();
  }

  private async overSocket({ clientId, roomId, text }: Entry): Promise<Message | undefined> {
    const began = performance.now();
    const ack = await this.ask<{ message: Message }>('new_message', { clientId, roomId, text });
    if (ack?.ok === true) return ack.data.message;
    if (ack !== undefined) this.refused(ack.error.code, began);
    else if (this.closing) this.diary.cutShort += 1;
    else if (this.socket.connected && performance.now() - began >= answerMs) this.diary.faults.push(`${this.me.name} was not answered within ${answerMs} ms`);
    return undefined;
  }

  private async overRest({ clientId, roomId, text }: Entry): Promise<Message | undefined> {
    const began = performance.now();
    const headers = { authorization: `Bearer ${this.me.token}`, 'content-type': 'application/json' };
    try {
      const answer = await fetch(`${this.url}/api/v1/rooms/${roomId}/messages`, { method: 'POST', headers, body: JSON.stringify({ clientId, text }), signal: AbortSignal.timeout(answerMs) });
      const body = (await answer.json()) as Message & { code: string };
      if (answer.ok) return body;
      this.refused(body.code, began);
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') this.diary.faults.push(`${this.me.name} was not answered over REST within ${answerMs} ms`);
    }
    return undefined;
  }

  private refused(code: string, began: number): void {
    const ms = performance.now() - began;
    this.diary.refused.push({ code, ms });
    if (code !== 'unavailable' && code !== 'outcome_unknown') this.diary.faults.push(`${this.me.name} was refused with ${code}`);
  }

  private async ask<Data>(name: string, body: object): Promise<Ack<Data> | undefined> {
    if (!this.socket.connected) return undefined;
    return await (this.socket.timeout(answerMs).emitWithAck(name, body) as Promise<Ack<Data>>).catch(() => undefined);
  }

  private hear(name: string, change: Change): void {
    const copy = this.rooms.get(change.roomId);
    if (copy === undefined) return;
    copy.hear(name, change);
    if (copy.waits) setTimeout(() => { if (copy.waits) this.syncSoon(); }, 200);
  }

  private syncSoon(): void {
    if (this.live && !this.syncing) void this.catchUp();
  }

  private async catchUp(): Promise<void> {
    if (this.syncing) return;
    this.syncing = true;
    for (let cursor: string | null | undefined; cursor !== null && this.socket.connected;) {
      const have = Object.fromEntries([...this.rooms].map(([roomId, { epoch, rev }]) => [roomId, { epoch, rev }]));
      const ack = await this.ask<SyncReply>('sync', { rooms: have, limit: 1000, ...(typeof cursor === 'string' ? { cursor } : {}) });
      if (ack?.ok === true) cursor = this.take(ack.data);
      else await pause(200);
    }
    this.syncing = false;
    this.live = this.socket.connected;
  }

  /** Returns where the next page begins. */
  private take({ rooms, left, nextCursor }: SyncReply): string | null {
    if (left.length > 0) this.diary.faults.push(`${this.me.name} was told to have left ${left.length} rooms`);
    for (const { room, position, to, messages, reset } of rooms) {
      const copy = this.rooms.get(room.id);
      if (copy === undefined) this.rooms.set(room.id, new RoomCopy(position.epoch, to, messages));
      else if (reset !== undefined) this.diary.faults.push(`${this.me.name} was told to forget room ${room.id} (${reset})`);
      else copy.catchUp(to, messages);
    }
    return nextCursor;
  }

  private lost(reason: string): void {
    this.live = false;
    this.comeBack();
    if (reason === 'io server disconnect') this.diary.faults.push(`${this.me.name} was sent away`);
  }

  /** Socket.IO comes back by itself, unless the server turned it away. */
  private comeBack(): void {
    if (!this.gone && !this.socket.active) setTimeout(() => { this.socket.connect(); }, 300);
  }
}
