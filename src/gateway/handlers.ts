import { MESSAGE_METADATA } from '@nestjs/websockets/internal';
import { checkedBody } from '../common/validation.js';
import type { ChatGateway } from './chat.gateway.js';
import type { ChatSocket } from './chat-socket.js';

export type Handler = (socket: ChatSocket, body: object) => Promise<unknown>;
type Method = (socket: ChatSocket, body: unknown) => Promise<unknown>;

/**
 * The gateway's handler of each event, the same ones for all sockets. Nest's own way to them is made for guards, interceptors, filters and pipes of
 * every parameter, and takes a dozen promises where the gateway has none of these: each handler gets the socket and a body, whose validation is all
 * that comes before.
 */
export function handlersOf(gateway: ChatGateway): ReadonlyMap<string, Handler> {
  const prototype = Object.getPrototypeOf(gateway) as Record<string, Method>;
  const handlers = new Map<string, Handler>();
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const event = Reflect.getMetadata(MESSAGE_METADATA, prototype[name]) as string | undefined;
    if (event !== undefined) handlers.set(event, handlerOf(prototype[name].bind(gateway), bodyOf(prototype, name)));
  }
  return handlers;
}

function handlerOf(method: Method, type: unknown): Handler {
  return (socket, body) => {
    const checked = checkedBody(body, type);
    return checked instanceof Promise ? checked.then((valid) => method(socket, valid)) : method(socket, checked);
  };
}

function bodyOf(prototype: object, name: string): unknown {
  const types = Reflect.getMetadata('design:paramtypes', prototype, name) as unknown[];
  if (types.length !== 2) throw new Error(`ChatGateway.${name} takes something else than a socket and a body`);
  return types[1];
}
