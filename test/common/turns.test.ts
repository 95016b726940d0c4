import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Turns } from '../../src/common/turns.js';

describe('turns', () => {
  beforeEach(() => { jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }); });
  afterEach(() => { jest.useRealTimers(); });

  it('let so many begin at once, and the others in order, each when one has ended', async () => {
    const turns = new Turns(2, 3);
    const began: number[] = [];
    for (let n = 0; n < 5; n += 1) void Promise.resolve(turns.begin('a')).then(() => began.push(n));
    await turn();
    expect(began).toEqual([0, 1]);
    turns.end('a');
    await turn();
    expect(began).toEqual([0, 1, 2]);
    turns.end('a');
    turns.end('a');
    await turn();
    expect(began).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuse more than may wait, and do not concern anybody else', () => {
    const turns = new Turns(1, 1);
    expect(turns.begin('a')).toBeUndefined();
    void turns.begin('a');
    expect(() => turns.begin('a')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
    expect(turns.begin('b')).toBeUndefined();
  });

  it('refuse who has waited for long, who then takes nobody else’s turn', async () => {
    const turns = new Turns(1, 5);
    void turns.begin('a');
    const late = turns.begin('a');
    const outcome = expect(late).rejects.toMatchObject({ code: 'rate_limited' });
    jest.advanceTimersByTime(3000);
    let began = false;
    void turns.begin('a')?.then(() => { began = true; });
    jest.advanceTimersByTime(1500);
    await outcome;
    expect(began).toBe(false);
    turns.end('a');
    await turn();
    expect(began).toBe(true);
  });

  it('are forgotten when all is done, so that the next one begins at once', () => {
    const turns = new Turns(1, 0);
    for (let n = 0; n < 3; n += 1) {
      expect(turns.begin('a')).toBeUndefined();
      turns.end('a');
    }
  });
});
