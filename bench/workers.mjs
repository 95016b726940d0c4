// Does a second core pay? The same load against one process of ours and against two workers.
import { withArena } from './arena.mjs';
import { interleaved } from './measure.mjs';
import { columns, tell, workloads } from './peak.mjs';
import { record, resultsFile, table } from './report.mjs';

export async function workers({ rounds, seconds, folder }) {
  const { world, window } = workloads.f50x20;
  const entrants = {
    '1 process': { system: 'ours', world },
    '2 workers': { system: 'ours', world, options: { args: ['--workers', '2'] } },
  };
  await withArena(entrants, { window }, async ({ variants }) => {
    const results = await interleaved(rounds, variants({ work: 'closed', options: { seconds, window } }), tell);
    console.log(`workers: ${world.rooms} rooms × ${world.members} members, ${window} messages under way in each; closed loop, ${rounds} × ${seconds} s; nothing lost, nothing doubled`);
    table(results, [columns.speed, columns.cost, columns.postgres, columns.p50, columns.p99, columns.disordered], { ratio: ({ messagesPerSecond }) => messagesPerSecond, to: '1 process' });
    record(resultsFile(folder, 'workers'), { workload: 'workers', ...world, window, seconds }, results);
  });
}
