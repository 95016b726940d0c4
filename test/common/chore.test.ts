import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Chore } from '../../src/common/chore.js';
import { loggedDuring } from '../setup/logged.js';

it('is done one at a time, and waited for when it ends', async () => {
  const diary: string[] = [];
  const chore = new Chore(async () => {
    diary.push('begins');
    await pause(50);
    diary.push('done');
  }, 'Not done');
  chore.run();
  chore.run();
  await chore.end(() => { diary.push('for the last time'); return Promise.resolve(); });
  chore.run();
  expect(diary).toEqual(['begins', 'done', 'for the last time']);
});

it('goes on after a failure, which the log tells', async () => {
  let times = 0;
  const chore = new Chore(() => { times += 1; return Promise.reject(new Error('too heavy')); }, 'The dishes were not washed');
  const log = await loggedDuring('warn', async () => {
    chore.every(1);
    for (const until = Date.now() + 5000; times < 3 && Date.now() < until;) await pause(2);
    await chore.end(() => Promise.reject(new Error('too late')));
  });
  expect(times).toBeGreaterThanOrEqual(3);
  for (const part of ['The dishes were not washed', 'too heavy', 'too late']) expect(log).toContain(part);
});

it('is not begun again once it has ended', async () => {
  let times = 0;
  const chore = new Chore(() => { times += 1; return Promise.resolve(); }, 'Not done');
  chore.every(1);
  await chore.end();
  const then = times;
  await pause(30);
  expect(times).toBe(then);
});

it('does not keep its owner from ending', async () => {
  const chore = new Chore(() => pause(60_000, undefined, { ref: false }), 'Not done');
  const from = performance.now();
  chore.run();
  await chore.end();
  expect(performance.now() - from).toBeLessThan(30_000);
});
