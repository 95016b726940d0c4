import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/settings.js';
import { originAllowed } from './origins.js';

/** What browsers are told: which scripts may run in our pages, and which other sites' pages may read our answers. */
export async function guardBrowsers(app: NestFastifyApplication, config: Config): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'https:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    strictTransportSecurity: config.PUBLIC_URL.startsWith('https:'),
    crossOriginResourcePolicy: { policy: 'same-site' },
  });
  app.enableCors({
    origin: (origin: string | undefined, answer: (error: Error | null, allowed: boolean) => void) => { answer(null, origin !== undefined && originAllowed(config, origin, undefined)); },
    methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'],
    credentials: true,
    exposedHeaders: ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id', 'Idempotency-Replayed'],
    maxAge: 600,
  });
}
