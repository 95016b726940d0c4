import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { asRefusal, logFault, toProblem } from './problem.js';

/** Every refusal leaves through here, as problem+json; what nobody foresaw is logged whole and told to nobody. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() === 'http') sendProblem(error, host.switchToHttp().getRequest(), host.switchToHttp().getResponse());
  }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return; // The answer was "not now", and what it was about ended only afterwards.
  const refusal = asRefusal(error);
  logFault(error, refusal, { reqId: request.id });
  if (refusal.status === 401) void reply.header('WWW-Authenticate', 'Bearer realm="verbatim"');
  void reply
    .status(refusal.status)
    .headers(refusal.more.headers ?? {})
    .header('X-Request-Id', request.id)
    .header('X-Content-Type-Options', 'nosniff')
    .header('Cache-Control', 'no-store')
    .header('Content-Type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(toProblem(refusal, request.id)));
}
