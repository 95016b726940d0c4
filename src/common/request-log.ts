import type { FastifyInstance } from 'fastify';
import type { AuthenticatedRequest } from './me.js';
import { httpSeconds } from './metrics.js';

/** One line and one measurement for each answered request. The route as declared, not the path as typed: that may hold anything. */
export function observeRequests(fastify: FastifyInstance): void {
  fastify.addHook('onResponse', (request: AuthenticatedRequest, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const seconds = reply.elapsedTime / 1000;
    httpSeconds.observe({ method: request.method, route, status: String(reply.statusCode) }, seconds);
    request.log.info({ method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime), user: request.user?.id }, 'request');
    done();
  });
}
