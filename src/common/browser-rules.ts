import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/settings.js';
import { originAllowed } from './origins.js';

/** What the web client and the documentation may load and do. Safari before 15.4 does not take 'self' for the socket's address, too. */
const pagePolicy = ({ PUBLIC_URL }: Config): string => [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: https:",
  "font-src 'self'",
  `connect-src 'self' ${new URL(PUBLIC_URL).origin.replace(/^http/, 'ws')}`,
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join(';');

/** JSON is never a page: it loads nothing, is in no frame, and is read by no other site without CORS. */
const jsonHeaders = {
  'Content-Security-Policy': "default-src 'none';frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-site',
  'X-Content-Type-Options': 'nosniff',
};

const pageHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-site',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
  'X-Frame-Options': 'DENY',
};

/** Tells browsers which scripts may run in our pages, and which other sites' pages may read our answers. */
export function guardBrowsers(app: NestFastifyApplication, config: Config): void {
  const secure = config.PUBLIC_URL.startsWith('https:') ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } : {};
  const [forJson, forPages] = [{ ...jsonHeaders, ...secure }, { ...pageHeaders, 'Content-Security-Policy': pagePolicy(config), ...secure }];
  app.getHttpAdapter().getInstance().addHook('onSend', (_request, reply, _payload, done) => {
    void reply.headers(isPage(reply.getHeader('content-type'), reply.statusCode) ? forPages : forJson);
    done();
  });
  app.enableCors({
    origin: (origin: string | undefined, answer: (error: Error | null, allowed: boolean) => void) => { answer(null, origin !== undefined && originAllowed(config, origin, undefined)); },
    methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'],
    credentials: true,
    exposedHeaders: ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id', 'Idempotency-Replayed'],
    maxAge: 600,
  });
}

/** Everything that is not known to be JSON or empty. The headers of a 304 replace those of the page that the browser kept. */
function isPage(contentType: unknown, status: number): boolean {
  return typeof contentType === 'string' ? !/^application\/(problem\+)?json\b/.test(contentType) : status === 304;
}
