// What PostgreSQL sorts by: ids in the order of making, whatever the clock does, and never twice.
import { afterEach, expect, it, jest } from '@jest/globals';
import { validate, version } from 'uuid';
import { newId } from '../../src/common/ids.js';

afterEach(() => { jest.restoreAllMocks(); });

const made = (count: number): string[] => Array.from({ length: count }, newId);
const millisecondsOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

it('makes UUIDs of version 7 with the time of now', () => {
  const from = Date.now();
  const ids = made(1000);
  const to = Date.now();
  for (const id of ids) {
    expect([validate(id), version(id)]).toEqual([true, 7]);
    expect(millisecondsOf(id)).toBeGreaterThan(from - 1000);
    expect(millisecondsOf(id)).toBeLessThan(to + 1000);
  }
});

it('makes them in order and never twice, many within a millisecond', () => {
  const ids = made(50_000);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});

it('keeps the order while the clock stands still, is set back and goes on', () => {
  const now = Date.now() + 60_000;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
  const ids = made(1000);
  clock.mockReturnValue(now - 5000);
  ids.push(...made(1000));
  clock.mockReturnValue(now + 1);
  ids.push(...made(1000));
  expect([...ids].sort()).toEqual(ids);
  expect([millisecondsOf(ids[1999]), millisecondsOf(ids[2000])]).toEqual([now, now + 1]);
});

it('leaves most of an id to chance', () => {
  const randomEnds = new Set(made(1000).map((id) => id.slice(-11)));
  const beginnings = new Set<string>();
  const now = Date.now() + 120_000;
  const clock = jest.spyOn(Date, 'now');
  for (let ms = 0; ms < 1000; ms += 1) {
    clock.mockReturnValue(now + ms);
    beginnings.add(newId().slice(14, 23));
  }
  expect(randomEnds.size).toBe(1000);
  expect(beginnings.size).toBeGreaterThan(990); // 25 bits of it: two are the same now and then.
});
