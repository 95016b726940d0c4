// What a run leaves behind: a line of JSON for each repetition, and a table to read.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { median, show } from './measure.mjs';

/** `results[system]` = repetitions. The first line says what was run, and on what. */
export function record(file, heading, results) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...heading, at: new Date().toISOString(), node: process.version, cores: cpus().length, cpu: cpus()[0]?.model })}\n`);
  for (const [system, runs] of Object.entries(results)) runs.forEach((figures, i) => appendFileSync(file, `${JSON.stringify({ system, round: i + 1, ...figures })}\n`));
  process.stderr.write(`every repetition: ${file}\n`);
}

export const resultsFile = (folder, name) => join(folder, `${name}.jsonl`);

/** Columns: [title, value of a repetition, digits]. Ratios are medians of the ratios inside one round: neighbours disturb both alike. */
export function table(results, columns, { ratio, to = 'naive' } = {}) {
  const names = Object.keys(results);
  const rows = names.map((name) => [
    name,
    ...columns.map(([, value, digits]) => show(results[name].map(value), digits)),
    ...(ratio === undefined || !(to in results) ? [] : [ratioText(results[name], results[to], ratio)]),
  ]);
  const head = ['system', ...columns.map(([title]) => title), ...(ratio === undefined || !(to in results) ? [] : [`× ${to}`])];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  for (const row of [head, widths.map((width) => '-'.repeat(width)), ...rows]) console.log(`| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`);
}

function ratioText(mine, theirs, value) {
  const ratios = mine.map((figures, i) => value(figures) / value(theirs[i]));
  return ratios.every((one) => one === 1) ? '1' : `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}
