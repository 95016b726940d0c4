import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { built } from './built.js';

/**
 * An address that does not exist shows people a page with a way back. Programs still get problem+json. Call it before the hook that chooses headers by
 * the type of the answer.
 */
export function showNotFoundPage(fastify: FastifyInstance): void {
  const root = built();
  if (root === undefined) return;
  const html = readFileSync(`${root}/site/not-found.html`, 'utf8');
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode !== 404 || !isVisit(request)) { done(null, payload); return; }
    void reply.type('text/html; charset=utf-8').removeHeader('Content-Length');
    done(null, html);
  });
}

/** A browser that opens an address, outside of the API. */
function isVisit({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/api/') && /\btext\/html\b/.test(headers.accept ?? '');
}
