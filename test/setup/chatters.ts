import { once } from 'node:events';
import { afterEach } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import type { Ack, SocketError } from '../../src/contract/ack.dto.js';
import type { PushName, PushPayload, RequestBody, RequestName, RequestReply } from '../../src/contract/events.js';
import { newPerson, type Person } from './people.js';
import { ackFault, connectFault, pushFault } from './schemas.js';
import type { TestServer } from './server.js';

export interface Push {
  name: PushName;
  payload: Record<string, unknown>;
}

/** For a busy machine. That something is prompt, a test says itself. */
const patienceMs = 20_000;

/** Frames that are not as the AsyncAPI document says. They fail the test during which they came. */
const faults: string[] = [];

function note(fault: string | undefined): void {
  if (fault !== undefined) faults.push(fault);
}

function throwFaults(): void {
  if (faults.length > 0) throw new Error(`Not as documented: ${faults.splice(0).join('\n')}`);
}

afterEach(throwFaults);

/** Somebody at a socket: asks and waits for the answer, and for what the server says by itself. */
export class Chatter {
  /** Every push since connecting, in order. */
  readonly heard: Push[] = [];
  private unread = 0;
  private wake: () => void = () => undefined;

  constructor(readonly person: Person, readonly socket: Socket) {
    socket.onAny((name: PushName, ...args: Record<string, unknown>[]) => {
      note(pushFault(name, args));
      this.heard.push({ name, payload: args[0] });
      this.wake();
    });
  }

  get id(): string {
    return this.person.user.id;
  }

  /** Asks, and expects a yes. */
  async ask<Name extends RequestName>(name: Name, body: RequestBody<Name>): Promise<RequestReply<Name>> {
    const ack = await this.raw<RequestReply<Name>>(name, body);
    if (!ack.ok) throw Object.assign(new Error(`${name} was refused: ${JSON.stringify(ack.error)}`), { code: ack.error.code });
    return ack.data;
  }

  /** Asks, and expects a no. */
  async refused(name: RequestName, body: unknown): Promise<SocketError> {
    const ack = await this.raw(name, body);
    if (ack.ok) throw new Error(`${name} was not refused: ${JSON.stringify(ack.data)}`);
    return ack.error;
  }

  async raw<Data>(name: string, ...args: unknown[]): Promise<Ack<Data>> {
    const ack = (await this.socket.timeout(patienceMs).emitWithAck(name, ...args)) as Ack<Data>;
    note(ackFault(name, ack));
    throwFaults();
    return ack;
  }

  /** The next push of this name, passing over others; each is given once. */
  async next<Name extends PushName>(name: Name, fits: (payload: PushPayload<Name>) => boolean = () => true): Promise<PushPayload<Name>> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      while (this.unread < this.heard.length) {
        const push = this.heard[this.unread++];
        if (push.name === name && fits(push.payload as PushPayload<Name>)) return push.payload as PushPayload<Name>;
      }
      await this.somethingNew(deadline, name);
    }
  }

  /** What was heard so far does not count. */
  forget(): void {
    this.unread = this.heard.length;
  }

  /** Everything of this name in the room, so far. */
  all<Name extends PushName>(name: Name, roomId?: string): PushPayload<Name>[] {
    return this.heard.filter((push) => push.name === name && (roomId === undefined || push.payload.roomId === roomId)).map(({ payload }) => payload as PushPayload<Name>);
  }

  async disconnected(withinMs = patienceMs): Promise<string> {
    if (!this.socket.connected) return 'already';
    const [reason] = (await once(this.socket as never, 'disconnect', { signal: AbortSignal.timeout(withinMs) })) as [string];
    return reason;
  }

  leave(): void {
    this.socket.disconnect();
  }

  private async somethingNew(deadline: number, awaited: string): Promise<void> {
    const left = deadline - Date.now();
    if (left <= 0) throw new Error(`${this.person.email} waited in vain for ${awaited}; heard: ${this.heard.map(({ name }) => name).join(', ')}`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}

const open = new Set<Socket>();

export async function connect(server: Pick<TestServer, 'url'>, person: Person, transports: ('websocket' | 'polling')[] = ['websocket']): Promise<Chatter> {
  const socket = io(server.url, { auth: { token: person.accessToken }, transports, reconnection: false, forceNew: true });
  open.add(socket);
  const chatter = new Chatter(person, socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', (error) => {
      if ('data' in error) note(connectFault(error));
      else error.message += whatTheTransportSaw(error); // It failed before there was a namespace to say why.
      reject(error);
    });
  });
  return chatter;
}

/** Status and answer of a request that went wrong; `fetch` and XHR know them, a WebSocket does not. */
function whatTheTransportSaw(error: object): string {
  const { description, context } = error as { description?: unknown; context?: { responseText?: string } };
  return ` (${String(description)}: ${context?.responseText ?? 'no answer'})`;
}

/** Registers and connects. */
export async function newChatter(server: Pick<TestServer, 'url'>, username: string): Promise<Chatter> {
  return await connect(server, await newPerson(server, username));
}

export function disconnectAll(): void {
  for (const socket of open) socket.disconnect();
  open.clear();
  throwFaults();
}

export const id = (): string => crypto.randomUUID();
