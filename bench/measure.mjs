// What the benches share: CPU time of processes, interleaved rounds, medians.
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** Of every process its parent and the microseconds of user and system time: its own, and those of children that have ended. */
function processes() {
  const found = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').map(Number);
      const [own, ended] = [fields[11] + fields[12], fields[13] + fields[14]];
      found.set(Number(pid), { parent: fields[1], cpu: ((own + ended) * 1_000_000) / ticksPerSecond });
    } catch {
      // It has just ended.
    }
  }
  return found;
}

/** CPU microseconds that these processes and all their descendants have used so far, those included that have ended. */
export function cpuOfTrees(roots) {
  const all = processes();
  const counted = new Set(roots);
  for (let before = -1; before < counted.size;) {
    before = counted.size;
    for (const [pid, { parent }] of all) if (counted.has(parent)) counted.add(pid);
  }
  return [...counted].reduce((sum, pid) => sum + (all.get(pid)?.cpu ?? 0), 0);
}

/** Of each process of this PostgreSQL that serves one of these databases, the CPU microseconds so far. */
export function cpuOfBackends(postmaster, databases) {
  const backends = [...processes()].filter(([pid, { parent }]) => parent === postmaster && databases.includes(databaseOf(pid)));
  return new Map(backends.map(([pid, { cpu }]) => [pid, cpu]));
}

/** As a backend calls itself: postgres: cluster: role database client …, the cluster where it has a name. */
function databaseOf(pid) {
  try {
    return /^postgres: (?:\S+: )?\S+ (\S+) /.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
  } catch {
    return undefined; // It has just ended.
  }
}

/** CPU microseconds of this process and of all PostgreSQL processes while the work ran. */
export async function cpuDuring(postmaster, work) {
  const backends = () => cpuOfTrees([postmaster]);
  const before = { own: process.cpuUsage(), backends: backends() };
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const own = process.cpuUsage(before.own);
  return { seconds, cpu: own.user + own.system + backends() - before.backends };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Runs the variants in turn, so that a noisy neighbour disturbs them alike; returns each one's results. `tell` says in a few words what came out. */
export async function interleaved(rounds, variants, tell = () => 'done') {
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(variants)) {
      process.stderr.write(`round ${round} of ${rounds}: ${name} … `);
      const result = await run();
      process.stderr.write(`${tell(result)}\n`);
      results[name].push(result);
    }
  }
  return results;
}

export function show(values, digits = 0) {
  const low = Math.min(...values).toFixed(digits);
  const high = Math.max(...values).toFixed(digits);
  return `${median(values).toFixed(digits)} (${low}–${high})`;
}
