import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the web client was built: found from the sources (src/web) as well as from the build (dist/src/web). */
export function built(): string | undefined {
  return ['../../web/dist', '../../../web/dist']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(`${path}/index.html`));
}
