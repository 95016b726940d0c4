// Where our server spends its time at the peak: functions by self time, grouped by package, from a CPU profile that Chrome opens as well.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withArena } from './arena.mjs';

const root = pathToFileURL(resolve('.')).href;

/** Of a script its package, or the part of Node or of us that it is. */
function packageOf(url) {
  const [, found] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (found !== undefined) return found;
  if (url.startsWith(`${root}/dist/`)) return 'verbatim';
  return url.startsWith('node:') ? 'node' : '(engine)';
}

/** Milliseconds of self time by package, and by function within it. */
function summarize({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const packages = new Map();
  samples.forEach((id, i) => {
    const { functionName, url, lineNumber } = byId.get(id);
    const name = packageOf(url);
    const label = `${functionName || '(anonymous)'} ${url === '' ? '' : `${url.replace(`${root}/dist/src/`, '').replace(/.*\/node_modules\//, '')}:${lineNumber + 1}`}`;
    const one = packages.get(name) ?? { ms: 0, functions: new Map() };
    one.ms += timeDeltas[i] / 1000;
    one.functions.set(label, (one.functions.get(label) ?? 0) + timeDeltas[i] / 1000);
    packages.set(name, one);
  });
  return packages;
}

function print(packages, deliveries, unit = 'delivery') {
  const idle = packages.get('(engine)')?.functions.get('(idle) ') ?? 0;
  const busy = [...packages.values()].reduce((sum, { ms }) => sum + ms, 0) - idle;
  const line = (ms, text) => console.log(`${((100 * ms) / busy).toFixed(1).padStart(6)} %  ${((1000 * ms) / deliveries).toFixed(2).padStart(6)} µs  ${text}`);
  console.log('share of busy time, self time for each ' + unit);
  for (const [name, { ms, functions }] of [...packages].sort(([, a], [, b]) => b.ms - a.ms)) {
    line(name === '(engine)' ? ms - idle : ms, name);
    const top = [...functions].filter(([label, own]) => label !== '(idle) ' && own > busy / 200).sort(([, a], [, b]) => b - a).slice(0, 15);
    for (const [label, own] of top) line(own, `    ${label}`);
  }
}

export async function profilePeak(name, { world, window }, { seconds, folder }) {
  await withArena({ ours: { world, options: { hooked: true } } }, { window }, async ({ variants, contestants: [{ server }] }) => {
    await server.ask('beginProfile');
    const figures = await variants({ work: 'closed', options: { seconds, window } }).ours();
    const profile = await server.ask('endProfile');
    console.log(`${name}: ${figures.usPerDelivery.toFixed(1)} µs CPU a delivery, ${figures.usOfServer.toFixed(1)} of them in the server, profiler included`);
    print(summarize(profile), figures.deliveries);
    keep(name, profile, folder);
  });
}

/** Of any other work, which returns how many of `unit` it did. */
export async function profileOf(name, server, { folder, unit }, work) {
  await server.ask('beginProfile');
  const count = await work();
  const profile = await server.ask('endProfile');
  print(summarize(profile), count, unit);
  keep(name, profile, folder);
}

function keep(name, profile, folder) {
  const file = resolve(join(folder, `${name}.cpuprofile`));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(profile));
  console.log(`profile: ${file}`);
}
