import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { logger } from '../common/logger.js';
import { linkConnected, linkOperations } from '../common/metrics.js';
import { NODE_LINK, type NodeLink } from './node-link.js';
import { readBatch, type Batch, type Operation, type OperationName, type Operations } from './operations.js';
import { Peers } from './peers.js';

/** Every node says something this often, so that its silence means something. */
const beatMs = 5000;
/** Each third beat tells the whole state, which mends whatever differences there are. */
const beatsPerState = 3;

/** A node that lives is heard this often, even when a beat of it comes late. */
const lastWordsMs = 2 * beatMs;

/** How long a process that ends waits for a link. */
const farewellMs = 2000;

type Listener = (body: never, from: string) => void;
/** `deadMs`: how long it has been dead at least. */
type Mourner = (nodeId: string, deadMs: number) => void;

/**
 * The other nodes. What happens here is told to them, in one text for each turn of the event loop; what they tell is
 * given to whoever listens for it. Without a link this process serves alone, and all of this costs nothing.
 */
@Injectable()
export class Nodes implements OnApplicationShutdown {
  private readonly id = randomUUID();
  private readonly peers = new Peers();
  private readonly listeners = new Map<OperationName, Listener[]>();
  private readonly tellers: (() => void)[] = [];
  private readonly mourners: Mourner[] = [];
  private doubter: (since: number) => void = () => undefined;
  private waiting: Operation[] = [];
  private sent = 0;
  private beats = 0;
  private beatAt = performance.now();
  private awaySince = performance.now();
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(NODE_LINK) private readonly link: NodeLink | null) {
    if (link === null) return;
    link.whenHeard((text) => { this.heard(text); });
    link.whenChanged((connected) => { this.changed(connected); });
    linkConnected.set(0);
    this.timer = setInterval(() => { this.beat(); }, beatMs).unref();
    if (link.connected) this.changed(true);
  }

  /** Whether this process is meant to have company. */
  get linked(): boolean {
    return this.link !== null;
  }

  /** Whether the others would hear us now. */
  get connected(): boolean {
    return this.link?.connected === true;
  }

  /** Whether somebody else is there, as far as we know. */
  get accompanied(): boolean {
    return this.connected && this.peers.size > 0;
  }

  /** Tells every other node. Lost, as far as they are concerned, while the link is away. */
  tell<Name extends OperationName>(name: Name, body: Operations[Name]): void {
    if (this.link === null) return;
    if (this.waiting.length === 0) setImmediate(() => { this.flush(); });
    this.waiting.push([name, body] as Operation);
  }

  hear<Name extends OperationName>(name: Name, listener: (body: Operations[Name], from: string) => void): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  /** Asked to tell its whole state: now and then, and whenever somebody may not know it. */
  whenAsked(teller: () => void): void {
    this.tellers.push(teller);
  }

  /** Told when another node is gone, and everything that it had with it. */
  whenGone(mourner: Mourner): void {
    this.mourners.push(mourner);
  }

  /** Told when something may have been said since that moment (of `performance.now`) which did not reach us. One listens. */
  whenInDoubt(doubter: (since: number) => void): void {
    this.doubter = doubter;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.tell('bye', { graceful: true });
    await this.linkedAtLast();
    this.flush();
    await this.link?.close();
  }

  /** A command may be done before it is linked. When it has its say after all, the others at least notice that they missed something. */
  private async linkedAtLast(): Promise<void> {
    for (const until = performance.now() + farewellMs; this.linked && !this.connected && performance.now() < until;) await pause(20);
  }

  private flush(): void {
    const operations = this.waiting;
    this.waiting = [];
    if (operations.length > 0) this.publish(operations);
  }

  /** A batch that goes nowhere is counted all the same: the gap in the numbers tells the others that they missed something. */
  private publish(operations: Operation[]): void {
    this.sent += 1;
    linkOperations.inc({ direction: this.connected ? 'published' : 'dropped' }, operations.length);
    if (this.connected) this.link?.publish(JSON.stringify({ from: this.id, n: this.sent, operations } satisfies Batch));
  }

  private beat(): void {
    const now = performance.now();
    if (now - this.beatAt > 2 * beatMs) this.peers.renew(now); // We stood still ourselves: what they said is yet to be read.
    this.beatAt = now;
    this.beats += 1;
    if (!this.connected) return;
    for (const { id, heardAt } of this.peers.expire(now)) {
      logger.warn({ node: id }, 'Another node has fallen silent');
      this.gone(id, now - heardAt - lastWordsMs);
      this.doubter(heardAt);
    }
    if (this.beats % beatsPerState === 0) this.tellState(false);
    else this.publish([]);
  }

  private tellState(asks: boolean): void {
    this.tell('hello', { asks });
    for (const tell of this.tellers) tell();
  }

  private changed(connected: boolean): void {
    logger.warn(connected ? 'Linked to the other nodes' : 'The link to the other nodes is away; this node goes on alone');
    linkConnected.set(connected ? 1 : 0);
    if (!connected) {
      this.awaySince = performance.now();
      this.doubter(this.awaySince);
      return;
    }
    this.peers.renew(performance.now());
    this.doubter(this.awaySince);
    this.tellState(true);
  }

  private heard(text: string): void {
    const batch = readBatch(text);
    if (batch === null || batch.from === this.id) {
      linkOperations.inc({ direction: 'dropped' });
      return;
    }
    const news = this.peers.heard(batch.from, batch.n, performance.now());
    if (news.repeated) return;
    if (news.missedSince !== undefined) this.doubter(news.missedSince);
    const hello = batch.operations.find(([name]) => name === 'hello') as ['hello', Operations['hello']] | undefined;
    if (hello?.[1].asks ?? news.stranger) this.tellState(hello === undefined);
    linkOperations.inc({ direction: 'heard' }, batch.operations.length);
    for (const operation of batch.operations) this.act(operation, batch.from);
  }

  private act([name, body]: Operation, from: string): void {
    if (name === 'bye' && this.peers.forget(from)) this.gone(from, 0);
    for (const listener of this.listeners.get(name) ?? []) {
      try {
        listener(body as never, from);
      } catch (error) {
        logger.error({ err: error, operation: name }, 'What another node told could not be done');
      }
    }
  }

  private gone(nodeId: string, deadMs: number): void {
    for (const mourn of this.mourners) mourn(nodeId, deadMs);
  }
}
