import { readFileSync } from 'node:fs';

/** The package's own name and version, wherever the compiled file lies below it. */
function readProduct(): { name: string; version: string } {
  for (const up of ['../../', '../../../']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8')) as { name: string; version: string };
      return { name, version };
    } catch { /* Not at this height. */ }
  }
  return { name: 'verbatim', version: 'unknown' };
}

export const product = readProduct();
