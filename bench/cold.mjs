// What small pieces of work cost where the processor's caches hold something else, as on a server with little to do, and one after the other.
import { randomBytes, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { Counter, Registry } from 'prom-client';
import { v7 } from 'uuid';
import { newId } from '../dist/src/common/ids.js';
import { countAnswered } from '../dist/src/common/metrics.js';
import { LeanQuery } from '../dist/src/database/lean-query.js';
import { textHash, textHashOfOne } from '../dist/src/messages/text-hash.js';
import { median, show } from './measure.mjs';

/** What pg itself writes with. */
const { serialize } = createRequire(import.meta.resolve('pg'))('pg-protocol');

const times = 300;
const warmUp = 20_000;
const hotRuns = 20_000;

const texts = Array.from({ length: 50 }, (_, n) => `message number ${n} `.repeat(10).slice(0, 100));
const values = texts.map((text) => [randomUUID(), randomUUID(), randomUUID(), randomUUID(), text, '-1234567890123456789', null]);
const counter = new Counter({ name: 'requests', help: 'As the product would count', labelNames: ['event', 'outcome'], registers: [new Registry()] });
const wire = { parsedStatements: { append: 'known' }, submittedNamedStatements: {}, stream: { write() {} }, parse() {} };

const random = randomBytes(16 * texts.length);

/** Ours, and what it stands in for; the randomness of an id has been fetched for both. */
const pairs = {
  'hash of 100 letters': [(n) => textHashOfOne(texts[n]), (n) => textHash(texts[n]), 'OpenSSL'],
  'id': [() => newId(), (n) => v7({ random: random.subarray(16 * n, 16 * n + 16), msecs: Date.now(), seq: n }), 'uuid'],
  'values of a statement': [
    (n) => new LeanQuery({ name: 'append', text: 'known', values: values[n] }, () => {}).submit(wire),
    (n) => [serialize.bind({ statement: 'append', values: values[n] }), serialize.execute(), serialize.sync()],
    'pg-protocol',
  ],
  'count of a request': [() => countAnswered('new_message'), () => counter.inc({ event: 'new_message', outcome: 'ok' }), 'prom-client'],
};

const memory = new Uint8Array(6 << 20);
const code = Array.from({ length: 300 }, (_, n) => new Function('x', `let y = x; ${Array.from({ length: 40 }, (__, k) => `y = (y * ${n + k + 3} + ${k}) | 0;`).join(' ')} return y;`));
let sink = 0;

/** Fills the caches with other data and other code. */
function chill() {
  for (let i = 0; i < memory.length; i += 64) sink += memory[i]++;
  for (const one of code) sink += one(sink);
}

function microseconds(work) {
  const from = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - from) / 1000;
}

function hot(work) {
  return microseconds(() => { for (let n = 0; n < hotRuns; n += 1) work(n % texts.length); }) / hotRuns;
}

export async function run() {
  const works = Object.values(pairs).flatMap(([ours, other]) => [ours, other]);
  for (let n = 0; n < warmUp; n += 1) for (const work of works) work(n % texts.length);
  for (let n = 0; n < 3000; n += 1) for (const one of code) sink += one(n);
  const cold = new Map([[chill, []], ...works.map((work) => [work, []])]);
  for (let n = 0; n < times; n += 1) {
    for (const work of [() => {}, ...works]) {
      chill();
      await pause(1);
      (cold.get(work) ?? cold.get(chill)).push(microseconds(() => work(n % texts.length)));
    }
  }
  console.log(`µs, medians of ${times} with cold caches (${show(cold.get(chill))} for nothing at all), and one after the other`);
  for (const [name, [ours, other, whose]] of Object.entries(pairs)) {
    const [a, b] = [ours, other].map((work) => median(cold.get(work)));
    console.log(`${name.padEnd(22)} cold ${a.toFixed(1)}, ${whose} ${b.toFixed(1)}: ${(a / b).toFixed(2)} ×; hot ${hot(ours).toFixed(2)}, ${whose} ${hot(other).toFixed(2)}`);
  }
}
