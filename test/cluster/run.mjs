// `npm run test:cluster`: every suite that does not look into the server again, with two nodes, and then the faults of several nodes.
// A few minutes; `-- --long` does what a release needs, one file at a time; `-- --only word` the files whose path holds the word.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../../tools/build.mjs';
import { faults, suites } from '../../jest.cluster.config.mjs';

const { values } = parseArgs({ options: { long: { type: 'boolean', default: process.env.FAULTS === 'long' }, only: { type: 'string' } } });
const jest = fileURLToPath(import.meta.resolve('jest/bin/jest'));
const ofModel = values.long ? {} : { MODEL_SEEDS: '2' };

async function run(config, env) {
  const args = [jest, '--config', JSON.stringify(config), '--passWithNoTests', ...(values.only === undefined ? [] : [values.only])];
  const child = spawn(process.execPath, args, { cwd: config.rootDir, env: { ...process.env, ...env }, stdio: 'inherit' });
  const pass = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, pass);
  const [code] = await once(child, 'exit');
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, pass);
  return code === 0;
}

if (spawnSync('redis-server', ['--version']).status !== 0) {
  console.error('Several nodes share a Redis: install redis-server and try again.');
  process.exit(1);
}
build();
const kept = [await run(suites, { TEST_NODES: '2', ...ofModel }), await run({ ...faults, maxWorkers: values.long ? 1 : 3 }, { FAULTS: values.long ? 'long' : 'short' })];
process.exitCode = kept.every(Boolean) ? 0 : 1;
