import type { FastifyInstance } from 'fastify';
import { networkOf } from './network.js';
import { sendProblem } from './problem.filter.js';
import { tooMany, type RateLimits } from './rate-limits.js';

/** Documents and everything that does not exist: open to anybody, so counted by address. */
const counted = /^\/(api-docs|async-docs|(async|open)api\.json|llms\.txt)/;

export function limitOpenPaths(fastify: FastifyInstance, rates: RateLimits): void {
  if (!rates.on) return;
  fastify.addHook('onRequest', async (request, reply) => {
    if (!request.is404 && !counted.test(request.url)) return;
    const standing = await rates.count('open', networkOf(request.ip));
    if (standing.exceeded) sendProblem(tooMany('rate_limited', standing), request, reply);
  });
}
