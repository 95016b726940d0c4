import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { openApiDocument } from './openapi.js';

/** Swagger UI at /api-docs, and the document itself at /api-docs-json. */
export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('api-docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'api-docs-json',
    yamlDocumentUrl: 'api-docs-yaml',
    customSiteTitle: 'Verbatim API',
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true },
  });
}
