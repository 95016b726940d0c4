// What the benches share: CPU time of processes, interleaved rounds, medians.
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** User and system time of a process in microseconds, from /proc; 0 where there is no such process (any more). */
function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond;
  } catch {
    return 0;
  }
}

function childrenOf(pid) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      return readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1] === String(pid);
    } catch {
      return false;
    }
  });
}

/** CPU microseconds of this process and of all PostgreSQL processes while the work ran. Backends must outlive the work. */
export async function cpuDuring(postmaster, work) {
  const backends = () => [postmaster, ...childrenOf(postmaster)].reduce((sum, pid) => sum + cpuOf(pid), 0);
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

/** Runs the variants in turn, so that a noisy neighbour disturbs them alike; returns each one's results. */
export async function interleaved(rounds, variants) {
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(variants)) {
      process.stderr.write(`round ${round} of ${rounds}: ${name} …\n`);
      results[name].push(await run());
    }
  }
  return results;
}

export function show(values, digits = 0) {
  const low = Math.min(...values).toFixed(digits);
  const high = Math.max(...values).toFixed(digits);
  return `${median(values).toFixed(digits)} (${low}–${high})`;
}
