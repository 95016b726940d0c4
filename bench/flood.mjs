// One account floods the server with each socket request and each REST operation, over ten sockets or connections: what twenty others notice.
import { floodAt, floodSettings, kinds } from './load/flood.mjs';
import { startPostgres } from './postgres.mjs';
import { record, resultsFile, table } from './report.mjs';
import { systems } from './systems.mjs';

export async function flood({ seconds, only, folder }) {
  const postgres = await startPostgres();
  const database = await postgres.database('ours');
  const server = await systems.ours.start(database.url, { env: floodSettings });
  try {
    const names = only ?? [...kinds.sockets, ...kinds.rest];
    const rows = await floodAt(server.url, names, seconds, ({ name, calm, flood: { p50, p99 } }) => {
      process.stderr.write(`${name}: p50 ${calm.p50.toFixed(1)} -> ${p50.toFixed(1)} ms, p99 ${calm.p99.toFixed(0)} -> ${p99.toFixed(0)} ms\n`);
    });
    const results = Object.fromEntries(rows.map(({ name, calm, flood: during }) => [name, [{ ...during, calm50: calm.p50, calm99: calm.p99 }]]));
    console.log(`flood: 20 people send 28 messages a second; one account floods for ${seconds} s`);
    table(results, [
      ['p50 ms, calm', ({ calm50 }) => calm50, 1], ['p50 ms', ({ p50 }) => p50, 1], ['p99 ms, calm', ({ calm99 }) => calm99, 0], ['p99 ms', ({ p99 }) => p99, 0],
      ['flood: answered', ({ answered }) => answered, 0], ['refused', ({ refused }) => refused, 0], ['cut', ({ cut }) => cut, 0],
    ]);
    record(resultsFile(folder, 'flood'), { workload: 'flood', seconds }, results);
  } finally {
    await server.stop();
    await database.client.end();
    await postgres.stop();
  }
}
