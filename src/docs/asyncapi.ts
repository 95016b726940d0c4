import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { SocketError } from '../contract/ack.dto.js';
import { errors, type ErrorCode } from '../contract/errors.js';
import { commonRefusals, connectRefusals, pushes, requests } from '../contract/events.js';
import { Have } from '../contract/sync.dto.js';
import { aboutHandshake, aboutSockets } from './asyncapi-words.js';
import { mapValues, reachable, refName, sampleOf, schemaRef, toJsonSchema, type JsonSchema, type JsonSchemas } from './json-schema.js';

export interface AsyncMessage {
  name: string;
  title: string;
  summary: string;
  contentType: string;
  payload: JsonSchema;
  examples?: { payload: unknown }[];
}

export interface AsyncOperation {
  action: 'receive' | 'send';
  title: string;
  summary: string;
  channel: { $ref: string };
  messages: { $ref: string }[];
  reply?: { channel: { $ref: string }; messages: { $ref: string }[] };
  'x-refusals'?: readonly ErrorCode[];
  'x-durable'?: boolean;
}

export interface AsyncApiDocument {
  asyncapi: '3.0.0';
  info: { title: string; version: string; description: string; license: { name: string; url: string } };
  defaultContentType: string;
  servers: Record<string, object>;
  channels: Record<'chat', object>;
  operations: Record<string, AsyncOperation>;
  components: { schemas: JsonSchemas; messages: Record<string, AsyncMessage>; securitySchemes: Record<string, object> };
  'x-connect-refusals': readonly ErrorCode[];
  'x-common-refusals': readonly ErrorCode[];
  'x-errors': Record<string, { status: number; title: string }>;
}

const chat = { $ref: '#/channels/chat' };
const json = 'application/json';

/** The socket door, from the same table and classes that the server itself uses. */
export function asyncApiDocument(app: INestApplication): AsyncApiDocument {
  const schemas = socketSchemas(app);
  const messages = { ...handshakeMessages(), ...requestMessages(), ...pushMessages() };
  return {
    asyncapi: '3.0.0',
    info: { title: 'Verbatim over sockets', version: '1', description: aboutSockets, license: { name: 'MIT', url: 'https://opensource.org/license/mit' } },
    defaultContentType: json,
    servers: { here: server },
    channels: { chat: { ...channel, messages: mapValues(messages, (_, name) => ({ $ref: `#/components/messages/${name}` })) } },
    operations: { ...requestOperations(), ...pushOperations() },
    components: { schemas, messages: mapValues(messages, (message) => withExample(message, schemas)), securitySchemes: { accessToken } },
    'x-connect-refusals': connectRefusals,
    'x-common-refusals': commonRefusals,
    'x-errors': mapValues(errors, ([status, title]) => ({ status, title })),
  };
}

const accessToken = { type: 'apiKey', in: 'password', description: aboutHandshake };

const server = {
  host: '{host}',
  pathname: '/socket.io/',
  protocol: 'ws',
  description: 'This server; `wss` behind TLS. Socket.IO 4 (protocol 5, Engine.IO 4), by WebSocket or long polling, in the default namespace.',
  variables: { host: { default: 'localhost:3000', description: 'Host and port of your server' } },
  security: [{ $ref: '#/components/securitySchemes/accessToken' }],
};

const channel = {
  address: '/',
  title: 'The one connection',
  description: 'The default namespace of Socket.IO. Everything goes over it: requests with their acks, and pushes.',
  bindings: {
    ws: {
      method: 'GET',
      query: { type: 'object', properties: { EIO: { type: 'string', const: '4' }, transport: { type: 'string', enum: ['websocket', 'polling'] } }, required: ['EIO', 'transport'] },
      bindingVersion: '0.1.0',
    },
  },
};

/** The JSON schemas of everything that the table names. What is sent to us may carry nothing else; who listens should bear more. */
function socketSchemas(app: INestApplication): JsonSchemas {
  const bodies = Object.values(requests).map(({ body }) => body);
  const others = [...Object.values(requests).map(({ reply }) => reply), ...Object.values(pushes).map(({ payload }) => payload), SocketError];
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().build(), { extraModels: [...bodies, ...others, Have] });
  const all: JsonSchemas = { ...mapValues(document.components?.schemas ?? {}, toJsonSchema), Handshake: handshake };
  const sent = reachable(bodies.map(({ name }) => name), all);
  for (const name of sent) all[name] = { ...all[name], additionalProperties: false };
  return Object.fromEntries([...sent, 'Handshake', ...reachable(others.map(({ name }) => name), all)].map((name) => [name, all[name]]));
}

const handshake: JsonSchema = {
  type: 'object',
  description: 'The `auth` of the handshake.',
  properties: { token: { type: 'string', description: 'An access token, as REST gives it.', examples: ['eyJhbGciOiJIUzI1NiIs…'] } },
  required: ['token'],
};

function handshakeMessages(): Record<string, AsyncMessage> {
  const refused: JsonSchema = {
    type: 'object',
    properties: { message: { type: 'string', description: 'For people.' }, data: errorOf(connectRefusals) },
    required: ['message', 'data'],
  };
  return {
    connect: { name: 'connect', title: 'Handshake', summary: 'Who connects. In clients: `io(url, { auth: { token } })`.', contentType: json, payload: schemaRef('Handshake') },
    connect_error: { name: 'connect_error', title: 'Refused handshake', summary: 'Why the connection was not made; programs look at `data.code`.', contentType: json, payload: refused },
  };
}

function requestMessages(): Record<string, AsyncMessage> {
  return Object.fromEntries(Object.entries(requests).flatMap(([name, { body, reply, about, refuses }]) => [
    [requestKey(name), { name, title: `${name}: request`, summary: about, contentType: json, payload: schemaRef(body.name) }],
    [replyKey(name), { name: `${name} (ack)`, title: `${name}: ack`, summary: `How \`${name}\` is answered.`, contentType: json, payload: ackOf(reply.name, [...refuses, ...commonRefusals]) }],
  ]));
}

function pushMessages(): Record<string, AsyncMessage> {
  return Object.fromEntries(Object.entries(pushes).map(([name, { payload, about }]) =>
    [pushKey(name), { name, title: `${name}: push`, summary: about, contentType: json, payload: schemaRef(payload.name) }]));
}

function ackOf(reply: string, refusals: readonly ErrorCode[]): JsonSchema {
  return {
    oneOf: [
      { type: 'object', properties: { ok: { type: 'boolean', const: true }, data: schemaRef(reply) }, required: ['ok', 'data'] },
      { type: 'object', properties: { ok: { type: 'boolean', const: false }, error: errorOf(refusals) }, required: ['ok', 'error'] },
    ],
  };
}

function errorOf(codes: readonly ErrorCode[]): JsonSchema {
  return { allOf: [schemaRef(SocketError.name), { properties: { code: { type: 'string', enum: [...new Set(codes)] } } }] };
}

export const requestKey = (name: string): string => `${name}.request`;
export const replyKey = (name: string): string => `${name}.ack`;
export const pushKey = (name: string): string => `${name}.push`;
const inChannel = (key: string): { $ref: string } => ({ $ref: `#/channels/chat/messages/${key}` });

/** Seen from the server: it receives requests and sends pushes. */
function requestOperations(): Record<string, AsyncOperation> {
  return Object.fromEntries(Object.entries(requests).map(([name, { about, refuses }]) => [requestKey(name), {
    action: 'receive',
    title: name,
    summary: about,
    channel: chat,
    messages: [inChannel(requestKey(name))],
    reply: { channel: chat, messages: [inChannel(replyKey(name))] },
    'x-refusals': refuses,
  } satisfies AsyncOperation]));
}

function pushOperations(): Record<string, AsyncOperation> {
  return Object.fromEntries(Object.entries(pushes).map(([name, { about, durable }]) => [pushKey(name), {
    action: 'send', title: name, summary: about, channel: chat, messages: [inChannel(pushKey(name))], 'x-durable': durable,
  } satisfies AsyncOperation]));
}

/** Refusals look alike, so only what goes well is shown by an example. */
function withExample(message: AsyncMessage, schemas: JsonSchemas): AsyncMessage {
  const [yes = message.payload] = message.payload.oneOf ?? [];
  return message.name === 'connect_error' ? message : { ...message, examples: [{ payload: sampleOf(yes, schemas) }] };
}

/** The schema's name where a payload is one of ours. */
export const payloadName = ({ $ref = '' }: JsonSchema): string => refName($ref);
