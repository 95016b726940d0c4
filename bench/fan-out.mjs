// One write for each member and turn against Socket.IO's own broadcast, which writes each push to each member; the same server otherwise.
import { withArena } from './arena.mjs';
import { interleaved } from './measure.mjs';
import { columns, tell, workloads } from './peak.mjs';
import { record, resultsFile, table } from './report.mjs';

export async function fanOut({ rounds, seconds, folder, only = ['f1x500', 'f50x20'] }) {
  for (const name of only) {
    const { world, window } = workloads[name];
    const joined = { system: 'ours', world, options: { hooked: true } };
    const single = { system: 'ours', world, options: { hooked: true, env: { ORDINARY_EMIT: 'on' } } };
    await withArena({ 'one write a turn': joined, 'one write a push': single }, { window }, async ({ variants }) => {
      const results = await interleaved(rounds, variants({ work: 'closed', options: { seconds, window } }), tell);
      console.log(`fan-out, ${name}: ${world.rooms} rooms × ${world.members} members, ${window} messages under way in each; closed loop, ${rounds} × ${seconds} s; nothing lost, nothing doubled`);
      table(results, [columns.speed, columns.cost, columns.postgres, columns.p50, columns.p99], { ratio: columns.cost[1], to: 'one write a push' });
      record(resultsFile(folder, `fan-out-${name}`), { workload: `fan-out-${name}`, ...world, window, seconds }, results);
    });
  }
}
