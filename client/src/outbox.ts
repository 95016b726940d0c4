import type { Message } from '../../src/contract/message.dto.js';
import { asVerbatimError, mayPass, type VerbatimError } from './errors.js';
import { OutgoingMessage, type SavedOutgoing } from './outgoing.js';
import type { StateStore } from './types.js';

const pauses = { leastMs: 500, mostMs: 8000 };
/** A server that fails at this message again and again will not have it. */
const mostInternal = 5;

export interface OutboxHooks {
  /** Stores it at the server, however it gets there. */
  send(message: OutgoingMessage): Promise<Message>;
  /** It is stored; the room may show it. */
  sent(message: OutgoingMessage): void;
  /** Its state, or the list, changed. */
  changed(message: OutgoingMessage): void;
  fault(error: VerbatimError): void;
}

/** What I said and the server does not have yet: room by room in order, one at a time, until it is stored or refused. */
export class Outbox {
  private readonly queues = new Map<string, OutgoingMessage[]>();
  private readonly busy = new Set<string>();
  private readonly wakers = new Set<() => void>();
  private stopped = false;
  private lastAt = 0;

  constructor(private readonly store: StateStore, private readonly prefix: () => string, private readonly hooks: OutboxHooks) {}

  /** Those of a room that are not stored at the server, in order. */
  waiting(roomId: string): readonly OutgoingMessage[] {
    return this.queues.get(roomId) ?? [];
  }

  add(what: { roomId: string; text: string; replyTo?: number }): OutgoingMessage {
    this.lastAt = Math.max(Date.now(), this.lastAt + 1); // the order in which things were said is kept by it
    const message = this.queue({ ...what, clientId: newClientId(), createdAt: this.lastAt });
    this.keep(message);
    this.hooks.changed(message);
    void this.work(what.roomId);
    return message;
  }

  /** What an earlier run left, in the order in which it was said. */
  async load(): Promise<void> {
    const known = new Set([...this.queues.values()].flat().map(({ clientId }) => clientId));
    const saved = (await Promise.all((await this.store.keys(this.prefix())).map((key) => this.store.get(key)))) as SavedOutgoing[];
    for (const each of saved.sort((one, other) => one.createdAt - other.createdAt)) if (!known.has(each.clientId)) this.queue(each);
  }

  /** The room shows it: then it is stored, with or without an answer. */
  arrived(stored: Message): void {
    const message = this.waiting(stored.roomId).find(({ clientId }) => clientId === stored.clientId);
    if (message !== undefined) this.stored(message, stored);
  }

  /** Everything that waits for a better moment tries again now. */
  kick(): void {
    this.stopped = false;
    [...this.wakers].forEach((wake) => { wake(); });
    for (const roomId of this.queues.keys()) void this.work(roomId);
  }

  /** Nothing goes out until the next kick. What waits stays stored. */
  rest(): void {
    this.stopped = true;
    [...this.wakers].forEach((wake) => { wake(); });
  }

  /** Forgets everything here. What is stored waits for the same person to come back. */
  leave(): void {
    this.queues.clear();
  }

  /** Forgets everything, here and in the store. */
  async clear(): Promise<void> {
    this.leave();
    await Promise.all((await this.store.keys(this.prefix())).map((key) => this.store.delete(key)));
  }

  private queue(saved: SavedOutgoing): OutgoingMessage {
    const message = new OutgoingMessage(saved, { retry: (again) => { this.retry(again); }, discard: (unwanted) => { this.remove(unwanted); } });
    this.queues.set(saved.roomId, [...this.waiting(saved.roomId), message]);
    return message;
  }

  private async work(roomId: string): Promise<void> {
    if (this.busy.has(roomId)) return;
    this.busy.add(roomId);
    try {
      for (let next = this.next(roomId); next !== undefined; next = this.next(roomId)) await this.deliver(next);
    } finally {
      this.busy.delete(roomId);
    }
  }

  private next(roomId: string): OutgoingMessage | undefined {
    return this.stopped ? undefined : this.waiting(roomId).find(({ status }) => status === 'sending');
  }

  /** Until it is stored, refused, discarded, or sending rests. */
  private async deliver(message: OutgoingMessage): Promise<void> {
    for (let tries = 1; !this.stopped && this.waiting(message.roomId).includes(message); tries += 1) {
      try {
        this.stored(message, await this.hooks.send(message));
        return;
      } catch (caught) {
        if (message.status === 'sent') return; // it came back as a push, only the answer was lost
        const error = asVerbatimError(caught);
        const isFinal = !mayPass(error) || (error.code === 'internal' && tries >= mostInternal);
        const waitMs = error.retryAfterMs ?? backoff(tries);
        message.becomes(isFinal ? 'failed' : 'sending', { error, heldUntil: error.code === 'rate_limited' ? Date.now() + waitMs : undefined });
        if (isFinal) this.keep(message);
        this.hooks.changed(message);
        if (isFinal) return;
        await this.pause(waitMs);
      }
    }
  }

  private stored(message: OutgoingMessage, stored: Message): void {
    if (message.status === 'sent') return;
    message.becomes('sent', { message: stored });
    this.hooks.sent(message);
    this.remove(message);
  }

  private retry(message: OutgoingMessage): void {
    message.becomes('sending');
    this.keep(message);
    this.hooks.changed(message);
    void this.work(message.roomId);
  }

  private remove(message: OutgoingMessage): void {
    this.queues.set(message.roomId, this.waiting(message.roomId).filter((each) => each !== message));
    this.store.delete(this.prefix() + message.clientId).catch((error: unknown) => { this.hooks.fault(asVerbatimError(error)); });
    this.hooks.changed(message);
  }

  private keep(message: OutgoingMessage): void {
    this.store.set(this.prefix() + message.clientId, message.toSave()).catch((error: unknown) => { this.hooks.fault(asVerbatimError(error)); });
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.wakers.add(wake);
    });
  }
}

function backoff(tries: number): number {
  return Math.min(pauses.mostMs, pauses.leastMs * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
}

/** Pages that came over plain HTTP have no randomUUID. */
export function newClientId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte, i) => (i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
