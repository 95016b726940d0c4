import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions } from 'socket.io';
import { addressOf } from '../common/http-edge.js';
import { originAllowed } from '../common/origins.js';
import { primary } from '../common/primary.js';
import type { Config } from '../config/settings.js';
import { FanOutAdapter } from '../realtime/fan-out-adapter.js';
import type { Connection } from '../realtime/fan-out-connection.js';
import { ChatGateway } from './chat.gateway.js';
import type { ChatSocket } from './chat-socket.js';
import { Draining } from './draining.js';
import { handlersOf } from './handlers.js';
import { Heartbeats, type Beating } from './heartbeats.js';
import { RequestLimits } from './request-limits.js';
import { answerRequests, type Door } from './socket-requests.js';
import { nameSessions, SessionsElsewhere, type Engine } from './sessions-elsewhere.js';
import { SocketAuth } from './socket-auth.js';

/** Socket.IO as we want it: small frames, quick heartbeats, nothing recovered without authentication, handlers bound straight. */
export class SocketAdapter extends IoAdapter {
  private readonly auth: SocketAuth;
  private readonly draining: Draining;
  private readonly door: Door;
  private elsewhere: SessionsElsewhere | undefined;
  private heartbeats: Heartbeats | undefined;

  constructor(app: INestApplicationContext, private readonly config: Config) {
    super(app);
    this.auth = app.get(SocketAuth);
    this.draining = app.get(Draining);
    this.door = { handlers: handlersOf(app.get(ChatGateway)), refuseUnless: (asking) => this.auth.refuseEnded(asking), limits: app.get(RequestLimits) };
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
      allowRequest: (request, answer) => {
        if (this.draining.begun || !allowed(request.headers.origin, request.headers.host)) answer(null, false);
        else this.auth.mayKnock(addressOf(request, this.config.TRUST_PROXY)).then((may) => { answer(null, may); }, () => { answer(null, false); });
      },
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

  /** One look-up in a map that all sockets share, instead of a stream of Nest's for each event and socket. */
  override bindMessageHandlers(socket: Parameters<IoAdapter['bindMessageHandlers']>[0]): void {
    answerRequests(socket as ChatSocket, this.door);
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
