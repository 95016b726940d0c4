import { io, type Socket } from 'socket.io-client';
import type { Ack, SocketError } from '../../src/contract/ack.dto.js';
import type { PushName, PushPayload, RequestBody, RequestName, RequestReply } from '../../src/contract/events.js';
import { asVerbatimError, mayPass, VerbatimError } from './errors.js';
import { pause } from './timers.js';
import type { ConnectionInfo } from './types.js';

/** The server answers within five seconds, if only to say that it cannot now. */
const answerMs = 6000;
const connectMs = 6000;
const mostMissed = 2;
/** A network that comes and goes is met within moments; a server that stays away is not besieged. */
const backoff = { leastMs: 400, mostMs: 3000, quickTries: 10, laterMs: 10_000 };
/** Everyone comes back at the same time when a server does: they ask a little apart. */
const syncJitterMs = 500;

export type Push = { [Name in PushName]: { name: Name; payload: PushPayload<Name> } }[PushName];

export interface LiveHooks {
  token(): Promise<string>;
  renew(refused: string): Promise<string>;
  heard(push: Push): void;
  /** Connected: catch up. A refusal means: connect anew. */
  catchUp(): Promise<void>;
  changed(info: ConnectionInfo): void;
}

/** The live connection: made again and again until it is not wanted any more. */
export class Live {
  info: ConnectionInfo = { state: 'offline', reason: 'not started' };
  private socket: Socket | undefined;
  private token = '';
  private wanted = false;
  private connecting = false;
  private attempts = 0;
  private missed = 0;
  private notBefore = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly url: string, private readonly hooks: LiveHooks) {}

  get isConnected(): boolean {
    return this.socket?.connected === true;
  }

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.attempts = 0;
    this.listenToBrowser('addEventListener');
    void this.connect();
  }

  stop(reason: string): void {
    this.wanted = false;
    this.listenToBrowser('removeEventListener');
    this.hangUp();
    this.show({ state: 'offline', reason });
  }

  /** Now, instead of after the pause. */
  readonly hurry = (): void => {
    if (!this.wanted || this.socket !== undefined || this.connecting) return;
    this.attempts = 0;
    void this.connect();
  };

  /** Asks and waits for the answer. Two in a row that do not come mean that nobody is there, whatever the connection says. */
  async ask<Name extends RequestName>(name: Name, body: RequestBody<Name>): Promise<RequestReply<Name>> {
    const { socket } = this;
    if (socket?.connected !== true) throw new VerbatimError({ code: 'not_connected', detail: 'There is no live connection' });
    const ack = await (socket.timeout(answerMs).emitWithAck(name, body) as Promise<Ack<RequestReply<Name>>>).catch((error: unknown) => {
      this.missedAnswer(socket);
      throw new VerbatimError({ code: 'unreachable', detail: `${name} was not answered` }, { cause: error });
    });
    if (socket === this.socket) this.missed = 0;
    if (ack.ok) return ack.data;
    throw new VerbatimError(ack.error);
  }

  /** Goes on with a newer token, without a new connection. */
  async useToken(token: string): Promise<void> {
    if (!this.isConnected || token === this.token) return;
    this.token = token;
    await this.ask('refresh_token', { accessToken: token });
  }

  /** Whether it is started and not stopped. */
  get isWanted(): boolean {
    return this.wanted;
  }

  /** The client renews by itself before it is told; this is for whoever slept over it. */
  private async tokenEnds(): Promise<void> {
    await this.hooks.token().then((token) => this.useToken(token)).catch(() => undefined); // else the connection ends, and the next one has a new token
  }

  private async connect(): Promise<void> {
    clearTimeout(this.timer);
    if (!this.wanted || this.connecting || this.socket !== undefined) return;
    this.connecting = true;
    this.show({ state: 'connecting' });
    try {
      this.token = await this.hooks.token();
      if (this.wanted) this.open();
    } catch (error) {
      const { code, retryAfterMs } = asVerbatimError(error);
      if (code === 'signed_out') this.stop('signed_out');
      else this.again(code, retryAfterMs);
    } finally {
      this.connecting = false;
    }
  }

  private open(): void {
    const socket = io(this.url, { auth: { token: this.token }, reconnection: false, forceNew: true, transports: ['websocket', 'polling'], tryAllTransports: true, timeout: connectMs });
    this.socket = socket;
    this.missed = 0;
    const ifCurrent = <Args extends unknown[]>(handle: (...args: Args) => void) => (...args: Args) => { if (socket === this.socket) handle(...args); };
    socket.on('connect', ifCurrent(() => { void this.connected(socket); }));
    socket.on('connect_error', ifCurrent((error: Error & { data?: SocketError }) => { this.refused(error); }));
    socket.on('disconnect', ifCurrent((reason: string) => { this.lost(reason); }));
    socket.onAny(ifCurrent((name: PushName, payload: Push['payload']) => { this.hear({ name, payload } as Push); }));
  }

  private hear(push: Push): void {
    if (push.name === 'server_closing') this.notBefore = Date.now() + push.payload.reconnectAfterMs;
    if (push.name === 'rate_limited') this.notBefore = Date.now() + push.payload.retryAfterMs;
    if (push.name === 'token_expiring') void this.tokenEnds();
    this.hooks.heard(push);
  }

  private async connected(socket: Socket): Promise<void> {
    const isReturn = this.attempts > 0;
    this.show({ state: 'syncing' });
    try {
      if (isReturn) await pause(Math.random() * syncJitterMs);
      if (socket === this.socket) await this.hooks.catchUp();
      if (socket !== this.socket) return;
      this.attempts = 0;
      this.show({ state: 'online' });
    } catch (error) {
      if (socket === this.socket) this.failed(asVerbatimError(error));
    }
  }

  /** What the server refuses for good is not asked for again by itself; the page, its focus or its user may. */
  private failed(error: VerbatimError): void {
    if (mayPass(error)) {
      this.drop(error.code, error.retryAfterMs);
      return;
    }
    this.hangUp();
    this.attempts += 1;
    this.show({ state: 'offline', reason: error.code });
  }

  private refused(error: Error & { data?: SocketError }): void {
    const { code, retryAfterMs } = error.data ?? {};
    this.drop(code ?? 'unreachable', retryAfterMs);
    if (code === 'unauthenticated') this.hooks.renew(this.token).then(this.hurry, () => undefined);
  }

  private lost(reason: string): void {
    this.drop(this.notBefore > Date.now() ? 'server closing' : reason);
  }

  private missedAnswer(socket: Socket): void {
    if (socket !== this.socket) return;
    this.missed += 1;
    if (this.missed >= mostMissed) this.drop('no answer');
  }

  private drop(reason: string, waitMs?: number): void {
    this.hangUp();
    this.again(reason, waitMs);
  }

  private hangUp(): void {
    clearTimeout(this.timer);
    const { socket } = this;
    this.socket = undefined;
    socket?.disconnect();
  }

  private again(reason: string, waitMs = 0): void {
    if (!this.wanted) return;
    this.attempts += 1;
    const most = this.attempts <= backoff.quickTries ? backoff.mostMs : backoff.laterMs;
    const pauseMs = Math.min(most, backoff.leastMs * 2 ** (this.attempts - 1)) * (0.5 + Math.random() / 2);
    const retryInMs = Math.round(Math.max(waitMs, this.notBefore - Date.now(), this.notBefore > Date.now() ? 0 : pauseMs));
    this.show({ state: 'offline', reason, retryInMs });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { void this.connect(); }, retryInMs);
  }

  private show(info: ConnectionInfo): void {
    this.info = info;
    this.hooks.changed(info);
  }

  /** A browser tells when its network comes and goes, and when its page is looked at again after a sleep. */
  private listenToBrowser(how: 'addEventListener' | 'removeEventListener'): void {
    const target = globalThis as Partial<Record<typeof how, (name: string, listener: () => void) => void>>;
    target[how]?.('online', this.hurry);
    target[how]?.('pageshow', this.hurry);
    target[how]?.('focus', this.hurry);
    target[how]?.('offline', this.networkGone);
  }

  private readonly networkGone = (): void => {
    if (this.socket !== undefined) this.drop('no network');
  };
}
