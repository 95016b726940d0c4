import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { logFault, asRefusal } from '../../src/common/problem.js';
import { loggedDuring } from '../setup/logged.js';

beforeEach(() => { jest.useFakeTimers(); });
afterEach(() => { jest.useRealTimers(); });

const lines = (log: string): { level: string; msg: string; outage?: string; failures?: number; err?: object }[] => log.split('\n').filter(Boolean).map((line) => JSON.parse(line) as never);
const fault = (code: string): Error => Object.assign(new Error('what PostgreSQL says'), { code });
const happen = (code: string, times: number): void => {
  for (let n = 0; n < times; n += 1) logFault(fault(code), asRefusal(fault(code)), { n });
};

it('logs an outage once for each code, and how many failures it brought when it is over', async () => {
  const log = lines(await loggedDuring('warn', async () => {
    happen('53100', 1000);
    happen('57P01', 1000);
    await jest.advanceTimersByTimeAsync(30_000);
    happen('53100', 1);
  }));
  expect(log.map(({ msg, outage, failures }) => [msg.slice(0, 17), outage, failures])).toEqual([
    ['An outage begins;', '53100', undefined], ['An outage begins;', '57P01', undefined],
    ['An outage is over', '53100', 1000], ['An outage is over', '57P01', 1000],
    ['An outage begins;', '53100', undefined],
  ]);
  await jest.advanceTimersByTimeAsync(30_000);
});

it('counts once a minute while it lasts', async () => {
  const log = lines(await loggedDuring('warn', async () => {
    for (let second = 0; second < 150; second += 1) {
      happen('55P03', 1);
      await jest.advanceTimersByTimeAsync(1000);
    }
    await jest.advanceTimersByTimeAsync(30_000);
  }));
  expect(log.map(({ msg }) => msg.slice(0, 17))).toEqual(['An outage begins;', 'An outage goes on', 'An outage goes on', 'An outage is over']);
});

it('logs what was not foreseen whole, each time', async () => {
  const log = lines(await loggedDuring('warn', async () => { happen('42601', 3); }));
  expect(log).toHaveLength(3);
  expect(log[0]).toMatchObject({ msg: 'internal', n: 0, err: { message: 'what PostgreSQL says' } });
});
