import { newId } from '../common/ids.js';
import { refuseHostileInput } from '../common/input-walk.js';
import { countAnswered, socketRequests } from '../common/metrics.js';
import { Patience } from '../common/patience.js';
import { asRefusal, logFault } from '../common/problem.js';
import { notNow, outcomeUnknown, Refusal } from '../common/refusal.js';
import type { Ack, SocketError } from '../contract/ack.dto.js';
import type { ChatSocket } from './chat-socket.js';
import type { Handler } from './handlers.js';
import type { RequestLimits } from './request-limits.js';

type Answer = (ack: Ack<unknown>) => void;
/** Refuses who may not ask any more; at once, or after a look into the database. */
type Guard = (socket: ChatSocket) => Promise<void> | undefined;

export interface Door {
  handlers: ReadonlyMap<string, Handler>;
  refuseUnless: Guard;
  limits: RequestLimits;
}

/** A request is answered within five seconds, whatever PostgreSQL does. All but a send are safe to repeat; that is mostly refused before, by its queue. */
const patience = new Patience(4500);
/** Besides the event's name: one object and the ack. */
const mostArguments = 2;

/**
 * The one place through which every socket request goes: arguments, unknown events, errors, acks. It stands where
 * Socket.IO lets middleware look at a packet before it spreads the arguments over a call, and it never passes the packet on.
 */
export function answerRequests(socket: ChatSocket, door: Door): void {
  socket.use((packet) => { void handle(packet, socket, door); });
}

async function handle(packet: unknown[], socket: ChatSocket, { handlers, refuseUnless, limits }: Door): Promise<void> {
  const name = typeof packet[0] === 'string' && handlers.has(packet[0]) ? packet[0] : 'unknown';
  const last = packet.at(-1);
  const answer: Answer = typeof last === 'function' ? (last as Answer) : () => undefined;
  socket.data.underWay += 1;
  const work = (): Promise<unknown> => {
    const handler = handlers.get(name);
    if (handler === undefined) throw new Refusal('unknown_event');
    const body = soleArgument(packet, typeof last === 'function');
    const ended = refuseUnless(socket);
    return ended === undefined ? handler(socket, body) : ended.then(() => handler(socket, body));
  };
  try {
    answer({ ok: true, data: (await inTime(name, limits.within(socket, name, work))) ?? {} });
    countAnswered(name);
  } catch (error) {
    const refusal = asRefusal(error);
    const requestId = newId();
    logFault(error, refusal, { requestId, event: name });
    answer({ ok: false, error: toSocketError(refusal, requestId) });
    socketRequests.inc({ event: name, outcome: refusal.code });
    if (refusal.code === 'rate_limited') limits.refused(socket);
  } finally {
    socket.data.underWay -= 1;
  }
}

function inTime<T>(name: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const wait = patience.begin(() => { reject(name === 'new_message' ? outcomeUnknown() : notNow()); });
    const ended = <Outcome>(settle: (outcome: Outcome) => void) => (outcome: Outcome): void => { wait.end(); settle(outcome); };
    work.then(ended(resolve), ended(reject));
  });
}

/** Exactly one plain object. */
function soleArgument(packet: unknown[], acked: boolean): object {
  const count = packet.length - 1 - (acked ? 1 : 0);
  const body = packet[1];
  if (count !== 1 || packet.length - 1 > mostArguments || !isPlain(body)) throw new Refusal('bad_arguments');
  refuseHostileInput(body);
  return body;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function toSocketError({ code, status, title, message, more }: Refusal, requestId: string): SocketError {
  return {
    code, status, title, detail: message, requestId,
    ...(more.errors === undefined ? {} : { errors: more.errors }),
    ...(more.retryAfterMs === undefined ? {} : { retryAfterMs: more.retryAfterMs }),
  };
}
