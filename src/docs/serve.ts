import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import serveFiles from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { asyncPage } from './async-page.js';
import { asyncStyle } from './async-style.js';
import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './openapi.js';

/** Swagger UI at /api-docs with its document at /api-docs-json; the socket events at /async-docs with theirs at /asyncapi.json. */
export async function serveDocs(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  rememberDocuments(fastify);
  SwaggerModule.setup('api-docs', app, () => openApiDocument(app), { ui: false, jsonDocumentUrl: 'api-docs-json', yamlDocumentUrl: 'api-docs-yaml' });
  for (const [path, [type, text]] of Object.entries(files)) {
    fastify.get(path, (_request, reply) => reply.type(type).send(text));
  }
  fastify.get('/openapi.json', (_request, reply) => reply.redirect('/api-docs-json', 308));
  const asyncApi = once(() => asyncApiDocument(app));
  const asyncHtml = once(() => asyncPage(asyncApi()));
  fastify.get('/asyncapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(asyncApi()));
  fastify.get('/async-docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(asyncHtml()));
  fastify.get('/async-docs/', (_request, reply) => reply.type('text/html; charset=utf-8').send(asyncHtml()));
  await app.register(serveFiles, { root: swaggerUi(), prefix: '/api-docs/', index: false, allowedPath: (path) => path.startsWith('/swagger-ui') || path.startsWith('/favicon') });
}

interface Made {
  bytes: Buffer;
  type: string;
  etag: string;
}

/** Each document is made when it is first asked for, and kept as bytes: to make one takes up to a hundred times as long as to send it. */
function rememberDocuments(fastify: FastifyInstance): void {
  const made = new Map<string, Made>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const document = made.get(request.routeOptions.url ?? '');
    if (document === undefined || request.is404) { done(); return; }
    void reply.headers({ 'Content-Type': document.type, ETag: document.etag, 'Cache-Control': 'no-cache' });
    if (request.headers['if-none-match']?.includes(document.etag) === true) void reply.status(304).send();
    else void reply.send(document.bytes);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const url = request.routeOptions.url ?? '';
    if (typeof payload === 'string' && documents.has(url) && request.method === 'GET' && reply.statusCode === 200 && !made.has(url)) {
      const etag = `"${createHash('sha256').update(payload).digest('base64url')}"`;
      made.set(url, { bytes: Buffer.from(payload), type: String(reply.getHeader('content-type')), etag });
      void reply.headers({ ETag: etag, 'Cache-Control': 'no-cache' });
    }
    done(null, payload);
  });
}

/** Made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The package comes with @nestjs/swagger, and is looked for from there. */
function swaggerUi(): string {
  const nestSwagger = createRequire(import.meta.url).resolve('@nestjs/swagger');
  return dirname(createRequire(nestSwagger).resolve('swagger-ui-dist/package.json'));
}

/** For programs that read before they write. */
const guide = `# Verbatim

> A self-hosted chat backend: every message is stored once, in order, and reaches everyone who should see it.

- [OpenAPI document](/api-docs-json): every REST operation, below /api/v1, with examples and error codes
- [AsyncAPI document](/asyncapi.json): every Socket.IO request and push, the handshake and the rule for catching up
- [REST, to read](/api-docs) and [events, to read](/async-docs)

Register or log in (POST /api/v1/auth/register, /api/v1/auth/login) and send the accessToken as a bearer token, or as
auth.token in the socket handshake. Refusals are application/problem+json with a stable code. Sending again with the same
clientId gives the same message.
`;

/** Nest's own page has inline styles, which our content security policy forbids; this one has none. */
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Verbatim API</title>
<link rel="icon" type="image/png" href="/api-docs/favicon-32x32.png" sizes="32x32">
<link rel="stylesheet" href="/api-docs/swagger-ui.css">
<link rel="stylesheet" href="/api-docs/page.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/api-docs/swagger-ui-bundle.js"></script>
<script src="/api-docs/page.js"></script>
</body>
</html>
`;

const style = 'body { margin: 0; background: #fafafa; }\n';

const script = `window.ui = SwaggerUIBundle({
  url: '/api-docs-json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
`;

const files: Record<string, [type: string, text: string]> = {
  '/api-docs': ['text/html; charset=utf-8', page],
  '/api-docs/': ['text/html; charset=utf-8', page],
  '/api-docs/page.css': ['text/css; charset=utf-8', style],
  '/async-docs/page.css': ['text/css; charset=utf-8', asyncStyle],
  '/api-docs/page.js': ['text/javascript; charset=utf-8', script],
  '/llms.txt': ['text/plain; charset=utf-8', guide],
};

/** Those that are remembered once they are made. */
const documents = new Set([...Object.keys(files), '/api-docs-json', '/api-docs-yaml', '/asyncapi.json', '/async-docs', '/async-docs/']);
