// Bundles the library and the terminal client into dist/, with one file of declarations that needs nothing else of ours.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generateDtsBundle } from 'dts-bundle-generator';
import { rolldown } from 'rolldown';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const at = (path) => fileURLToPath(new URL(path, import.meta.url));

async function bundle(input, file, options) {
  const build = await rolldown({
    input: at(input),
    transform: { define: { VERBATIM_VERSION: JSON.stringify(version) } },
    tsconfig: at('tsconfig.json'),
    ...options,
  });
  await build.write({ file: at(file), format: 'esm', sourcemap: true, codeSplitting: false });
  await build.close();
}

/** The contract's classes travel as JSON, and there is nothing to construct: clients get their shape only. */
function declarations() {
  const [text] = generateDtsBundle([{ filePath: at('src/index.ts'), output: { noBanner: true, exportReferencedTypes: false } }], {
    preferredConfigPath: at('tsconfig.json'),
  });
  const contract = at('../src/contract/');
  const sources = readdirSync(contract).map((name) => readFileSync(`${contract}${name}`, 'utf8'));
  const shapes = new Set(sources.flatMap((source) => [...source.matchAll(/^(?:export )?class (\w+)/gm)].map(([, name]) => name)));
  return text
    .replace(/^(export )?declare class (\w+)/gm, (whole, exported = '', name) => (shapes.has(name) ? `${exported}interface ${name}` : whole))
    .replace(/\btypeof (\w+)/g, (whole, name) => (shapes.has(name) ? `new () => ${name}` : whole));
}

rmSync(at('dist'), { recursive: true, force: true });
// Who builds a page has a socket.io-client already, or wants to choose it.
await bundle('src/index.ts', 'dist/index.js', { platform: 'neutral', external: [/^node:/, 'socket.io-client'] });
// The program has it inside: Node then opens one file, and a command takes two thirds of the time.
await bundle('src/cli/main.ts', 'dist/cli.js', { platform: 'node' });
writeFileSync(at('dist/index.d.ts'), declarations());
