import { readFileSync } from 'node:fs';
import serveFiles from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/settings.js';
import { built } from './built.js';

/** The addresses of the web client. It is a list, and not "everything else", so that an unknown path stays a 404 that programs understand. */
const pages = ['/', '/sign-in', '/register', '/rooms', '/rooms/:ref', '/people', '/settings'];
const year = 365 * 86_400;
/** A folder is not found, instead of forbidden. */
const isFile = (path: string): boolean => /\.\w+$/.test(path);

/** The web client at `/`, as it was built into web/dist. Without a build there are no pages; everything else works. */
export async function serveWeb(app: NestFastifyApplication, config: Config): Promise<void> {
  const root = built();
  if (root === undefined) return;
  const fastify = app.getHttpAdapter().getInstance();
  const html = page(`${root}/index.html`, config);
  for (const path of config.DEMO ? [...pages, '/demo'] : pages) {
    fastify.get(path, (_request, reply) => reply.type('text/html; charset=utf-8').header('Cache-Control', 'no-cache').send(html));
  }
  // Browsers ask for it by this name where no page says otherwise, as for a document of ours.
  const icon = readFileSync(`${root}/site/favicon.ico`);
  fastify.get('/favicon.ico', (_request, reply) => reply.type('image/x-icon').header('Cache-Control', 'public, max-age=86400').send(icon));
  // The name of a file in assets/ contains the hash of its content: it never changes. The others are asked for again each time.
  await app.register(serveFiles, { root: `${root}/assets`, prefix: '/assets/', decorateReply: false, index: false, allowedPath: isFile, preCompressed: true, immutable: true, maxAge: year * 1000 });
  await app.register(serveFiles, { root: `${root}/site`, prefix: '/site/', decorateReply: false, index: false, allowedPath: isFile, cacheControl: false, setHeaders: (reply) => { void reply.header('Cache-Control', 'no-cache'); } });
}

/** The page learns here, without a request, what kind of server it talks to. */
function page(file: string, { DEMO }: Config): string {
  return readFileSync(file, 'utf8').replace('content="demo-or-not"', `content="${DEMO ? 'on' : 'off'}"`);
}
