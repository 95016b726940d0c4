// How long the server takes until it says that it is ready, as it is delivered and as the build in parts: with a database that is there and migrated.
import { fileURLToPath } from 'node:url';
import { cpuOfTrees, interleaved } from './measure.mjs';
import { startPostgres } from './postgres.mjs';
import { record, resultsFile, table } from './report.mjs';
import { systems } from './systems.mjs';

const builds = { 'one file': 'dist/server/main.js', 'in parts': 'dist/src/main.js' };

export async function start({ rounds, folder }) {
  const postgres = await startPostgres();
  const database = await postgres.database('ours');
  const measure = (script) => async () => {
    const began = performance.now();
    const server = await systems.ours.start(database.url, { main: fileURLToPath(new URL(`../${script}`, import.meta.url)) });
    const figures = { ms: performance.now() - began, cpu: cpuOfTrees([server.pid]) / 1000 };
    await server.stop();
    return figures;
  };
  try {
    await measure(builds['one file'])(); // It migrates.
    const results = await interleaved(rounds, Object.fromEntries(Object.entries(builds).map(([name, script]) => [name, measure(script)])), ({ ms }) => `${ms.toFixed(0)} ms`);
    console.log(`start: until it says that it is ready, ${rounds} times each`);
    table(results, [['ms', ({ ms }) => ms, 0], ['ms of CPU', ({ cpu }) => cpu, 0]], { ratio: ({ ms }) => ms, to: 'in parts' });
    record(resultsFile(folder, 'start'), { workload: 'start' }, results);
  } finally {
    await database.client.end();
    await postgres.stop();
  }
}
