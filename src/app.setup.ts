import cookie from '@fastify/cookie';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { httpAdapter, refuseAtTheEdge } from './common/http-edge.js';
import { nestLogger } from './common/logger.js';
import { limitOpenPaths } from './common/open-paths.js';
import { ProblemFilter } from './common/problem.filter.js';
import { RateLimits } from './common/rate-limits.js';
import { observeRequests } from './common/request-log.js';
import { guardBrowsers } from './common/browser-rules.js';
import { validationPipe } from './common/validation.js';
import type { Config } from './config/settings.js';
import type { Database } from './database/database.js';
import { SocketAdapter } from './gateway/socket-adapter.js';
import { serveDocs } from './docs/serve.js';
import { showNotFoundPage } from './web/not-found.js';
import { serveWeb } from './web/serve.js';

/** What main, the tests and the document writer share: the whole application, not yet listening. */
export async function createApp(config: Config, dataSource: Database['dataSource'], options: { preview?: boolean } = {}): Promise<NestFastifyApplication> {
  const adapter = httpAdapter({ trustProxy: config.TRUST_PROXY, requestTimeoutMs: config.REQUEST_TIMEOUT });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, dataSource), adapter, {
    logger: options.preview === true ? false : nestLogger,
    bodyParser: false,
    abortOnError: false,
    preview: options.preview === true,
  });
  app.setGlobalPrefix('api/v1', { exclude: ['health/live', 'health/ready', 'metrics', 'version'] });
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  if (options.preview === true) return app;
  app.useWebSocketAdapter(new SocketAdapter(app, config));
  showNotFoundPage(adapter.getInstance()); // Before the hook that chooses headers by the type of the answer.
  guardBrowsers(app, config);
  await app.register(cookie);
  refuseAtTheEdge(adapter);
  observeRequests(adapter.getInstance());
  limitOpenPaths(adapter.getInstance(), app.get(RateLimits));
  if (config.API_DOCS) await serveDocs(app);
  await serveWeb(app, config);
  return app;
}
