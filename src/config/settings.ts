import { duration, integer, issuer, milliseconds, name, oneOf, onOff, origins, processes, text, url, type Kind } from './kinds.js';

/** Seconds. A token that claims to live longer is refused, even when its signature is right. */
export const longestAccessTtl = 900;

export type Mode = 'development' | 'production' | 'test';

export interface Setting<T> extends Kind<T> {
  about: string;
  /** Used when the variable is absent or empty. */
  fallback: T | ((mode: Mode) => T);
  /** Shown in `.env.example` instead of the fallback. */
  example?: string;
  secret?: true;
}

const setting = <T>(kind: Kind<T>, rest: Omit<Setting<T>, keyof Kind<T>>): Setting<T> => ({ ...kind, ...rest });
const optional = <T>(kind: Kind<T>, rest: { about: string; secret?: true }): Setting<T | undefined> => ({ ...kind, ...rest, fallback: undefined });

/** Every setting of the server, once. `.env.example` is generated from this table. */
export const settings = {
  NODE_ENV: setting<Mode>(oneOf('development', 'production', 'test'), {
    about: 'production refuses to start without a proper JWT_SECRET and seeds no demo data.',
    fallback: 'development',
  }),
  PORT: setting(integer(0, 65_535), { about: 'The TCP port to serve on; 0 takes a free one.', fallback: 3000 }),
  HOST: setting(text, {
    about: 'The address to listen on: localhost for this machine only, 0.0.0.0 for every IPv4 one, :: for all. Default: 0.0.0.0 in production, localhost otherwise.',
    fallback: (mode) => (mode === 'production' ? '0.0.0.0' : 'localhost'),
    example: '0.0.0.0',
  }),
  WORKERS: setting(processes(64), {
    about: 'Processes that serve together behind the one port; "npm start -- --workers N" says the same. One more starts and watches them.',
    fallback: 1,
  }),
  NODE_NAME: optional(name, {
    about: 'Begins the id of each connection, so that a proxy in front of several nodes can bring polling clients back to this one.',
  }),
  PUBLIC_URL: optional(url('http:', 'https:'), {
    about: 'The address under which people reach the server. Default: http://localhost and the port.',
  }),
  DATA_DIR: setting(text, { about: 'Folder of the embedded PostgreSQL and of the development secret.', fallback: './data' }),
  DATABASE_URL: optional(url('postgres:', 'postgresql:'), {
    about: 'An external PostgreSQL 14 or later. Default: an embedded PostgreSQL in DATA_DIR.',
    secret: true,
  }),
  DATABASE_POOL: setting(integer(2, 500), { about: 'Connections to PostgreSQL that each process may hold.', fallback: 10 }),
  DEMO: setting(onOff, {
    about: 'Seed an empty server with two people and some conversation, and run a bot that answers. Default: on in development, off otherwise.',
    fallback: (mode) => mode === 'development',
    example: 'off',
  }),
  REDIS_URL: optional(url('redis:', 'rediss:'), {
    about: 'A private Redis, needed when several nodes serve one database: through it they tell each other what happened, and rate limits are counted there.',
    secret: true,
  }),
  JWT_SECRET: optional(text, {
    about: 'Signs access tokens: 32 characters or more, random, the same on every node (openssl rand -base64 48). Development makes one and keeps it in DATA_DIR.',
    secret: true,
  }),
  ACCESS_TTL: setting(duration(1, longestAccessTtl), { about: 'How long an access token is good.', fallback: longestAccessTtl, example: '15m' }),
  REFRESH_TTL: setting(duration(1, 7_776_000), {
    about: 'How long a session may lie unused before it ends; however busy, it ends after 90 days.',
    fallback: 14 * 86_400,
    example: '14d',
  }),
  STOP_DELAY: setting(milliseconds(0, 60_000), {
    about: 'How long a server that was told to stop goes on serving while it says that it is not ready, so that a proxy notices in time.',
    fallback: 0,
  }),
  PING_INTERVAL: setting(milliseconds(100, 300_000), { about: 'Between two heartbeats of a socket.', fallback: 25_000 }),
  PING_TIMEOUT: setting(milliseconds(100, 300_000), { about: 'How long a heartbeat may stay unanswered before the socket counts as lost.', fallback: 8000 }),
  CONNECT_TIMEOUT: setting(milliseconds(100, 300_000), { about: 'How long a connection may wait before it presents a token.', fallback: 10_000 }),
  PRESENCE_ROOM_SIZE: setting(integer(0, 10_000), {
    about: 'In rooms with more members than this, presence goes only to sockets that watch somebody (watch_presence), every three seconds at most.',
    fallback: 100,
  }),
  CORS_ORIGINS: setting(origins, {
    about: 'Web origins, besides PUBLIC_URL, whose pages may use this server, separated by commas.',
    fallback: [],
  }),
  TRUST_PROXY: setting(onOff, {
    about: 'Believe X-Forwarded-For and X-Forwarded-Proto. Only behind a proxy that sets them itself.',
    fallback: false,
  }),
  RATE_LIMITS: setting(onOff, { about: 'Limit requests and failed logins. Off is for load tests only.', fallback: true }),
  RATE_LIMIT_FACTOR: setting(integer(1, 1000), {
    about: 'Multiplies the limits on requests and messages. Those on sign-ins and failed logins stay.',
    fallback: 1,
  }),
  ROOMS_PER_HOUR: setting(integer(1, 1_000_000), {
    about: 'How many rooms and private chats one account may make in an hour. Administrators may make any number.',
    fallback: 30,
  }),
  ADDED_MEMBERS_PER_HOUR: setting(integer(1, 1_000_000), {
    about: 'How many people one account may put into rooms in an hour, itself not counted. Administrators may add any number.',
    fallback: 200,
  }),
  REQUEST_TIMEOUT: setting(milliseconds(500, 300_000), {
    about: 'How long an HTTP request may take to arrive as a whole; its headers may take half of it.',
    fallback: 30_000,
  }),
  API_DOCS: setting(onOff, { about: 'Serve the documents of the API: /api-docs, /async-docs and what belongs to them.', fallback: true }),
  METRICS: setting(onOff, { about: 'Serve Prometheus figures at /metrics. In production without METRICS_TOKEN only to this machine.', fallback: true }),
  METRICS_TOKEN: optional(text, { about: 'What a scraper shows as bearer token at /metrics: 16 characters or more, random.', secret: true }),
  LOG_LEVEL: setting(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), {
    about: 'The least serious kind of log line to write. Default: info in production, warn otherwise.',
    fallback: (mode) => (mode === 'production' ? 'info' : 'warn'),
    example: 'info',
  }),
  OIDC_ISSUER: setting(issuer, {
    about: 'The OpenID provider behind "Sign in with Google"; any other works as well.',
    fallback: 'https://accounts.google.com',
  }),
  GOOGLE_CLIENT_ID: optional(text, { about: 'Switches on Google sign-in, together with the client secret.' }),
  GOOGLE_CLIENT_SECRET: optional(text, { about: 'Comes with GOOGLE_CLIENT_ID.', secret: true }),
};

type Settings = typeof settings;

/** The settings as read, with what follows from them. */
export type Config = { readonly [Name in keyof Settings]: ReturnType<Settings[Name]['parse']> | Extract<Settings[Name]['fallback'], undefined> } & {
  readonly JWT_SECRET: string;
  readonly PUBLIC_URL: string;
};
