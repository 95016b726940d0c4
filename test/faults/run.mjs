// `npm run test:faults`: kills, crashes and stops under load, against real server processes. Two minutes; `-- --long` does what a
// release needs. `-- --only naive` runs the files whose name contains the word.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../../tools/build.mjs';
import config from '../../jest.faults.config.mjs';

const { values } = parseArgs({ options: { long: { type: 'boolean', default: process.env.FAULTS === 'long' }, only: { type: 'string' } } });
const jest = fileURLToPath(import.meta.resolve('jest/bin/jest'));

build();
// In short most of the time is waiting, so all four files share it; what a release needs is measured alone.
const args = [jest, '--config', JSON.stringify({ ...config, maxWorkers: values.long ? 1 : 4 }), ...(values.only === undefined ? [] : [values.only])];
const child = spawn(process.execPath, args, { cwd: config.rootDir, env: { ...process.env, FAULTS: values.long ? 'long' : 'short' }, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => { process.exitCode = code ?? 1; });
