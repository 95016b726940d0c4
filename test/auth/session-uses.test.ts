import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { SessionUses } from '../../src/auth/session-uses.js';

let uses: SessionUses;

const seconds = (n: number): void => { jest.advanceTimersByTime(n * 1000); };
const told = (everything = false): string[] => [...uses.toTell({ everything }).keys()];

beforeEach(() => {
  jest.useFakeTimers();
  uses = new SessionUses();
});
afterEach(() => { jest.useRealTimers(); });

it('tells of a session that comes to be used, and of one that goes on to be used after five minutes', () => {
  const writes: number[] = [];
  for (let beat = 0; beat < 30; beat += 1) {
    uses.note('phone');
    seconds(30);
    if (told().length > 0) writes.push(beat);
  }
  expect(writes).toEqual([0, 10, 20]);
});

it('tells the moment of the last use, though that is long ago', () => {
  uses.note('phone');
  seconds(30);
  told();
  seconds(40);
  uses.note('phone');
  const last = Date.now();
  seconds(200);
  expect(told()).toEqual([]);
  seconds(60);
  expect(uses.toTell({ everything: false })).toEqual(new Map([['phone', new Date(last)]]));
});

it('tells everything that is not known yet when the process ends', () => {
  uses.note('phone');
  uses.note('laptop');
  seconds(1);
  told();
  expect(told(true)).toEqual([]);
  seconds(1);
  uses.note('laptop');
  seconds(1);
  expect(told(true)).toEqual(['laptop']);
});

it('knows better than the database until that is told', () => {
  const stored = new Date();
  seconds(10);
  expect(uses.latest('phone', stored)).toEqual(stored);
  uses.note('phone');
  expect(uses.latest('phone', stored).getTime()).toBe(stored.getTime() + 10_000);
  expect(uses.latest('phone', new Date(stored.getTime() + 60_000)).getTime()).toBe(stored.getTime() + 60_000);
});

it('has nothing to tell of a session that ended', () => {
  uses.note('phone');
  uses.forget('phone');
  expect(told(true)).toEqual([]);
});
