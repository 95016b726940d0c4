// Builds what is older than its sources, so that every command may ask for it and most pay nothing.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = fileURLToPath(import.meta.url);
const nest = () => fileURLToPath(import.meta.resolve('@nestjs/cli/bin/nest.js'));
const vite = () => join(dirname(createRequire(join(root, 'web/package.json')).resolve('vite/package.json')), 'bin', 'vite.js');

const sourcesOfServer = ['src', 'migrations', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** What is built from what, where the stamp is left, and which part must be there before. */
const parts = {
  server: {
    run: () => [nest(), 'build'],
    in: '.',
    stamp: 'dist/.built-from',
    sources: sourcesOfServer,
  },
  bundle: {
    run: () => ['tools/bundle.mjs'],
    in: '.',
    stamp: 'dist/server/.built-from',
    sources: [...sourcesOfServer, 'tools/bundle.mjs'],
    after: 'server',
  },
  client: {
    run: () => ['build.mjs'],
    in: 'client',
    stamp: 'client/dist/.built-from',
    sources: ['client/src', 'client/bin', 'client/build.mjs', 'client/package.json', 'client/tsconfig.json', 'src/contract', 'package-lock.json'],
  },
  web: {
    // The default loader would write beside the packages, where an ordinary user may not.
    run: () => [vite(), 'build', '--configLoader', 'native', '--logLevel', 'warn'],
    in: 'web',
    stamp: 'web/dist/.built-from',
    sources: ['web/src', 'web/public', 'web/index.html', 'web/vite.config.mjs', 'web/package.json', 'client/src', 'client/build.mjs', 'src/contract', 'package-lock.json'],
    after: 'client',
  },
};

function* filesIn(path) {
  if (statSync(path).isFile()) return yield path;
  const entries = readdirSync(path).sort();
  for (const entry of entries) yield* filesIn(join(path, entry));
}

function fingerprint(sources) {
  const hash = createHash('sha256');
  for (const source of sources.filter((path) => existsSync(join(root, path)))) {
    for (const file of filesIn(join(root, source))) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** An installed product has dist/ and no sources: it is taken as it is. */
const isHere = ({ sources }) => existsSync(join(root, sources[0]));

function isCurrent({ stamp, sources }) {
  const path = join(root, stamp);
  return existsSync(path) && readFileSync(path, 'utf8') === fingerprint(sources);
}

/** Waits, so that whoever asks may go on with the files in the next line. */
export function build() {
  const stale = Object.keys(parts).filter((name) => isHere(parts[name]) && !isCurrent(parts[name]));
  if (stale.length === 0) return;
  process.stderr.write(`Building ${stale.map((name) => `the ${name}`).join(' and ')} (once after each change) …\n`);
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [here, 'parts', ...stale], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  process.stderr.write(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
}

/** All at once, but for a part that needs another one first. */
async function buildParts(names) {
  const running = new Map();
  for (const name of names) running.set(name, buildPart(name, running.get(parts[name].after)));
  const outcomes = await Promise.all(running.values());
  process.exitCode = outcomes.every(Boolean) ? 0 : 1;
}

async function buildPart(name, before = true) {
  const part = parts[name];
  if (!(await before)) return false;
  const wanted = fingerprint(part.sources);
  const child = spawn(process.execPath, part.run(), { cwd: join(root, part.in), stdio: ['ignore', 2, 2] });
  const ok = await new Promise((resolve) => { child.on('exit', (code) => { resolve(code === 0); }); });
  if (!ok) return false;
  mkdirSync(dirname(join(root, part.stamp)), { recursive: true });
  writeFileSync(join(root, part.stamp), wanted);
  return true;
}

if (process.argv[2] === 'parts') await buildParts(process.argv.slice(3));
else if (process.argv[1] === here) build();
