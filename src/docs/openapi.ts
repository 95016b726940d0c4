import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { Problem } from '../contract/problem.dto.js';
import { Have } from '../contract/sync.dto.js';
import { describeOperations } from './operations.js';

const about = `The REST door of Verbatim, a self-hosted chat backend.

Register or log in, press **Authorize** and paste the \`accessToken\`. Every refusal is \`application/problem+json\` (RFC 9457)
with a \`code\` that never changes its meaning; programs should look at \`code\`, people at \`detail\`.`;

/** The document, built from the decorators, with what all operations share written in. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setTitle('Verbatim')
    .setDescription(about)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'this server')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The METRICS_TOKEN of the server' }, 'metricsToken')
    .addTag('auth', 'Registering, signing in and out, devices')
    .addTag('users', 'People')
    .addTag('admin', 'What admins may do')
    .addTag('rooms', 'Rooms, private chats, what I have read')
    .addTag('members', 'Who is in a room')
    .addTag('messages', 'Sending, history, changes, catching up')
    .addTag('operation', 'For those who run the server')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    extraModels: [Problem, Have],
    operationIdFactory: (_controller, method) => method,
  });
  return describeOperations(document);
}
