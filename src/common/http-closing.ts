import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const sweepMs = 50;
/** Whoever has connected and asked nothing by then, as browsers do on suspicion, will not ask us. */
const silenceMs = 500;
/** Requests are answered by then; what is still open is stuck. */
const patienceMs = 6000;

/** Closing ends the connections that are idle at that moment; those that become idle later, or never spoke, would keep us for a minute. */
export function letGoWhenClosing(fastify: FastifyInstance): void {
  const { server } = fastify;
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  for (const event of ['request', 'upgrade'] as const) server.on(event, ({ socket }: IncomingMessage) => silent.delete(socket));
  fastify.addHook('preClose', (done) => {
    const sweep = setInterval(() => { server.closeIdleConnections(); }, sweepMs);
    const timers = [
      setTimeout(() => { for (const socket of silent) socket.destroy(); }, silenceMs),
      setTimeout(() => { server.closeAllConnections(); }, patienceMs),
    ];
    server.once('close', () => { [sweep, ...timers].forEach(clearTimeout); });
    done();
  });
}
