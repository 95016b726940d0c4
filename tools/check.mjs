// `npm run check`: everything that can be said about the code without running its tests. Two steps at a time; every
// failure is reported, with its whole output. `npm run check -- lint types` runs only those (and what they need).
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const node = process.execPath;
const openapi = 'docs/openapi.json';
// Not from .bin: so knip sees that these two are used.
const redocly = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'));
const spectral = fileURLToPath(import.meta.resolve('@stoplight/spectral-cli/dist/index.js'));

/** In the order in which they start: the slow ones first. */
const steps = [
  { name: 'build', run: [node, 'tools/build.mjs'] },
  { name: 'lint', run: [bin('eslint'), '.', '--max-warnings=0'] },
  { name: 'types', run: [bin('tsc'), '--noEmit'] },
  { name: 'types of the web client', run: [bin('tsc'), '--noEmit', '-p', 'web'], after: 'build' },
  { name: 'types of the browser tests', run: [bin('tsc'), '--noEmit', '-p', 'test/web'] },
  { name: 'migrations match the entities', run: [node, 'dist/src/database/drift.js'], after: 'build' },
  { name: 'generated documents are current', run: [node, 'dist/src/docs/write.js', '--check'], after: 'build' },
  { name: 'dead code and dependencies (knip)', run: [bin('knip'), '--no-progress'] },
  { name: 'who may import whom (dependency-cruiser)', run: [bin('depcruise'), 'src', 'migrations', 'test', 'client/src', 'web/src', '--config', '.dependency-cruiser.mjs'] },
  { name: 'each import rule fires', run: [node, 'tools/trip-rules.mjs'] },
  { name: 'OpenAPI (redocly)', run: [node, redocly, 'lint', openapi, '--config=.redocly.yaml', '--format=stylish'] },
  { name: 'OpenAPI (spectral)', run: [node, spectral, 'lint', openapi, '--ruleset=.spectral.yaml', '--fail-severity=warn'] },
  { name: 'lock file', check: lockFileFaults },
];

/** No tool may phone home or look for a newer version of itself. */
const quiet = {
  ...process.env,
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
  NO_COLOR: '1',
};
delete quiet.FORCE_COLOR; // tsc takes any value of it for a yes

/** What would make `npm ci` fail, or install something else, on another machine. */
function lockFileFaults() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).flatMap(([path, entry]) => {
    const installed = path.includes('node_modules/') && !entry.link && !entry.inBundle;
    const needed = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...(path ? {} : entry.devDependencies) });
    return [
      ...(entry.resolved && installed ? [`${path} names an address: set omit-lockfile-registry-resolved and install again.`] : []),
      ...(entry.integrity || !installed ? [] : [`${path} has no integrity hash.`]),
      ...needed.filter((name) => !isLocked(packages, path, name)).map((name) => `${path} needs ${name}, which is not locked: npm ci will refuse.`),
    ];
  });
}

/** Looks for a package as Node does: in the folder's own node_modules, then in those further up. */
function isLocked(packages, path, name) {
  for (let folder = path; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$|^[^/]+$/, '')) {
    if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true;
    if (!folder) return false;
  }
}

function runCommand([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: quiet, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code, signal) => resolve({ ok: code === 0, output: signal ? `${output}\nended by ${signal}` : output }));
  });
}

async function runStep(step) {
  const started = performance.now();
  const faults = step.check?.();
  const result = faults ? { ok: faults.length === 0, output: faults.join('\n') } : await runCommand(step.run);
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
  console.log(`${result.ok ? 'ok  ' : 'FAIL'} ${seconds} s  ${step.name}`);
  if (!result.ok) console.log(stripVTControlCharacters(result.output).trimEnd().replace(/^/gm, '     │ '));
  return result.ok;
}

/** Runs all, at most two at a time. A step that comes after a failed one counts as failed, and says so. */
async function runAll(wanted) {
  const waiting = [...wanted];
  const running = new Map();
  const outcomes = new Map();
  const worker = async () => {
    while (waiting.length > 0) {
      const next = waiting.findIndex(({ after }) => !after || outcomes.has(after));
      if (next < 0) {
        await running.get(waiting[0].after);
        continue;
      }
      const [step] = waiting.splice(next, 1);
      if (step.after && !outcomes.get(step.after)) {
        console.log(`FAIL      – s  ${step.name}: not run, because ${step.after} failed`);
        outcomes.set(step.name, false);
        continue;
      }
      running.set(step.name, runStep(step));
      outcomes.set(step.name, await running.get(step.name));
    }
  };
  await Promise.all([worker(), worker()]);
  return [...outcomes.values()];
}

function chosen(names) {
  const unknown = names.filter((name) => !steps.some((step) => step.name.includes(name)));
  if (unknown.length > 0) {
    console.error(`No such step: ${unknown.join(', ')}. There are: ${steps.map((step) => step.name).join('; ')}.`);
    process.exit(2);
  }
  const picked = steps.filter((step) => names.length === 0 || names.some((name) => step.name.includes(name)));
  return steps.filter((step) => picked.includes(step) || picked.some(({ after }) => after === step.name));
}

const started = performance.now();
const outcomes = await runAll(chosen(process.argv.slice(2)));
const failed = outcomes.filter((ok) => !ok).length;
console.log(`Check: ${outcomes.length - failed} steps passed, ${failed} failed, ${((performance.now() - started) / 1000).toFixed(0)} s`);
process.exitCode = failed === 0 ? 0 : 1;
