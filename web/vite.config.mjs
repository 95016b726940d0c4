import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Compressed once, here, instead of at each request. */
const compressed = {
  name: 'compressed',
  /** What was written, and not what is about to be: other plugins change the bundle until the end. */
  writeBundle({ dir }, bundle) {
    for (const file of Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name))) {
      const source = readFileSync(join(dir, file));
      writeFileSync(join(dir, `${file}.gz`), gzipSync(source, { level: 9 }));
      writeFileSync(join(dir, `${file}.br`), brotliCompressSync(source));
    }
  },
};

/** The fonts come under the SIL Open Font License, whose text has to travel with them. */
const licences = {
  name: 'licences',
  generateBundle() {
    const here = createRequire(import.meta.url);
    const texts = ['newsreader', 'instrument-sans'].map((font) => readFileSync(here.resolve(`@fontsource-variable/${font}/LICENSE`), 'utf8'));
    this.emitFile({ type: 'asset', fileName: 'site/font-licences.txt', source: texts.join('\n\n') });
  },
};

export default defineConfig({
  plugins: [react(), compressed, licences],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // a data: address for a font would need a wider content security policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': 'http://localhost:3000', '/socket.io': { target: 'http://localhost:3000', ws: true } } },
});
