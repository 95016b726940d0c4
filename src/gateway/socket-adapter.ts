import type { INestApplicationContext } from '@nestjs/common';
import { type MessageMappingProperties } from '@nestjs/websockets';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions } from 'socket.io';
import { originAllowed } from '../common/origins.js';
import { primary } from '../common/primary.js';
import type { Config } from '../config/settings.js';
import { FanOutAdapter } from '../realtime/fan-out-adapter.js';
import type { Connection } from '../realtime/fan-out-connection.js';
import type { ChatSocket } from './chat-socket.js';
import { Draining } from './draining.js';
import { Heartbeats, type Beating } from './heartbeats.js';
import { answerRequests, type Handler } from './socket-requests.js';
import { nameSessions, SessionsElsewhere, type Engine } from './sessions-elsewhere.js';
import { SocketAuth } from './socket-auth.js';

/** Socket.IO as we want it: small frames, quick heartbeats, nothing recovered without authentication, handlers bound straight. */
export class SocketAdapter extends IoAdapter {
  private readonly auth: SocketAuth;
  private readonly draining: Draining;
  /** Of each event its place in the list of handlers that Nest makes for every socket. */
  private readonly places = new Map<string, number>();
  private readonly refuseEnded = (asking: ChatSocket): Promise<void> | undefined => this.auth.refuseEnded(asking);
  private elsewhere: SessionsElsewhere | undefined;
  private heartbeats: Heartbeats | undefined;

  constructor(app: INestApplicationContext, private readonly config: Config) {
    super(app);
    this.auth = app.get(SocketAuth);
    this.draining = app.get(Draining);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const allowed = (origin: string | undefined, host: string | undefined): boolean => originAllowed(this.config, origin, host);
    const server = super.createIOServer(port, {
      ...options,
      adapter: FanOutAdapter,
      serveClient: false,
      maxHttpBufferSize: 64 * 1024,
      perMessageDeflate: false,
      httpCompression: false,
      pingInterval: this.config.PING_INTERVAL,
      pingTimeout: this.config.PING_TIMEOUT,
      connectTimeout: this.config.CONNECT_TIMEOUT,
      // CORS does not guard the WebSocket transport; this does, for both.
      allowRequest: ({ headers }, answer) => { answer(null, !this.draining.begun && allowed(headers.origin, headers.host)); },
      cors: { origin: (origin, answer) => { answer(null, origin !== undefined && allowed(origin, undefined)); }, credentials: true },
    } as ServerOptions);
    this.auth.guard(server);
    const heartbeats = (this.heartbeats = new Heartbeats(this.config.PING_INTERVAL));
    const { slow } = server.of('/').adapter as FanOutAdapter;
    const heard = function (this: Connection): void { slow.heardFrom(this); };
    server.engine.on('connection', (connection: Connection & Beating & { request?: unknown }) => {
      forgetRequest(connection);
      heartbeats.take(connection);
      connection.on('packet', heard);
    });
    this.shareSessions(server.engine as unknown as Engine);
    return server;
  }

  private shareSessions(engine: Engine): void {
    nameSessions(engine, this.config.NODE_NAME, primary);
    if (primary !== null) this.elsewhere = new SessionsElsewhere(engine, this.config.NODE_NAME, primary).open();
  }

  /** Instead of a stream per event: one look-up in a map that all sockets share. Nest's pipes have run around each callback all the same. */
  override bindMessageHandlers(socket: Parameters<IoAdapter['bindMessageHandlers']>[0], handlers: MessageMappingProperties[]): void {
    if (this.places.size === 0) handlers.forEach(({ message }, i) => this.places.set(message as string, i));
    const callbacks = handlers.map(({ callback }) => callback as Handler);
    const has = (name: string): boolean => this.places.has(name);
    const get = (name: string): Handler | undefined => callbacks[this.places.get(name) ?? -1];
    answerRequests(socket as ChatSocket, { has, get }, this.refuseEnded);
  }

  /** Sockets only. Socket.IO would also close HTTP and wait for it, before Fastify tells keep-alive connections to go: then a busy one keeps us here. */
  override async close(server: Server): Promise<void> {
    server.engine.close();
    this.heartbeats?.stop();
    await this.elsewhere?.close();
  }
}

/** The request that began a connection is as large as its headers, and nobody asks for it again. */
function forgetRequest(connection: { request?: unknown }): void {
  connection.request = undefined;
}
