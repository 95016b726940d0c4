import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Patience } from '../../src/common/patience.js';

const ms = 100;
let patience: Patience;
let late: string[];

beforeEach(() => {
  jest.useFakeTimers();
  patience = new Patience(ms);
  late = [];
});
afterEach(() => { jest.useRealTimers(); });

const wait = (who: string) => patience.begin(() => { late.push(`${who} at ${performance.now() - started}`); });
let started: number;
beforeEach(() => { started = performance.now(); });

describe('patience', () => {
  it('ends for each when its time is over, in their order', async () => {
    wait('a');
    await jest.advanceTimersByTimeAsync(30);
    wait('b');
    await jest.advanceTimersByTimeAsync(10);
    wait('c');
    await jest.advanceTimersByTimeAsync(1000);
    expect(late).toEqual(['a at 100', 'b at 130', 'c at 140']);
  });

  it('does not end for whoever has what they waited for', async () => {
    const [a, b] = [wait('a'), wait('b')];
    wait('c');
    await jest.advanceTimersByTimeAsync(50);
    a.end();
    b.end();
    const d = wait('d');
    await jest.advanceTimersByTimeAsync(60);
    d.end();
    await jest.advanceTimersByTimeAsync(1000);
    expect(late).toEqual(['c at 100']);
  });

  it('begins anew after a rest, and ends each wait once', async () => {
    wait('a');
    await jest.advanceTimersByTimeAsync(500);
    const b = wait('b');
    await jest.advanceTimersByTimeAsync(500);
    b.end();
    expect(late).toEqual(['a at 100', 'b at 600']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes one timer, however many wait', () => {
    for (let n = 0; n < 1000; n += 1) wait(`${n}`);
    expect(jest.getTimerCount()).toBe(1);
  });

  it('keeps nobody who has what they waited for', () => {
    const ends = Array.from({ length: 1000 }, (_, n) => wait(`${n}`));
    for (const one of ends.sort(() => Math.random() - 0.5).slice(0, 990)) { one.end(); one.end(); }
    expect(patience).toMatchObject({ waits: { length: 10 } });
    jest.advanceTimersByTime(1000);
    expect(late).toHaveLength(10);
  });

  it('lets whoever is told begin to wait again', async () => {
    patience.begin(() => { wait('again'); });
    await jest.advanceTimersByTimeAsync(1000);
    expect(late).toEqual(['again at 200']);
  });
});
