// Loaded into a server by `NODE_OPTIONS=--import`: on SIGUSR2 it collects garbage and says how much memory is in use.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

process.on('SIGUSR2', () => {
  gc();
  setTimeout(() => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    process.stderr.write(`memory ${heapUsed + external}\n`);
  }, 100);
});
