import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { KnownSessions } from '../../src/auth/known-sessions.js';
import type { LiveSession } from '../../src/auth/sessions.repository.js';

let asked: string[][];
let changed: string[];
let whileAsking: () => void;
let sessions: KnownSessions;

/** As the database would answer: all are as they were, but those in `changed`. */
async function stillAsKnown(known: ReadonlyMap<string, LiveSession>): Promise<Set<string>> {
  asked.push([...known.keys()].sort());
  whileAsking();
  return new Set([...known.keys()].filter((sid) => !changed.includes(sid)));
}

const session = (lastsMs = 3_600_000): LiveSession => ({ userId: 'alice', role: 'user', expiresAt: new Date(Date.now() + lastsMs) });
const seconds = (n: number): void => { jest.advanceTimersByTime(n * 1000); };

beforeEach(() => {
  jest.useFakeTimers();
  [asked, changed, whileAsking] = [[], [], () => undefined];
  sessions = new KnownSessions(stillAsKnown);
});
afterEach(() => { jest.useRealTimers(); });

it('believes in what was looked up for five seconds', () => {
  sessions.remember('phone', session());
  seconds(4.9);
  expect(sessions.find('phone')).toMatchObject({ userId: 'alice' });
  seconds(0.2);
  expect(sessions.find('phone')).toBeUndefined();
});

it('looks all that are in use up again in one go, and believes in them from then on', async () => {
  for (const sid of ['phone', 'laptop']) sessions.remember(sid, session());
  for (let i = 0; i < 5; i += 1) {
    seconds(4);
    expect(await sessions.renew()).toEqual([]);
  }
  expect(asked).toEqual(Array.from({ length: 5 }, () => ['laptop', 'phone']));
  seconds(4);
  expect(sessions.find('laptop')).toMatchObject({ userId: 'alice' });
});

it('counts the five seconds from before it asked', async () => {
  sessions.remember('phone', session());
  whileAsking = () => { seconds(3); };
  await sessions.renew();
  seconds(2.5);
  expect(sessions.find('phone')).toBeUndefined();
});

it('forgets, and tells, those that have changed', async () => {
  for (const sid of ['phone', 'laptop']) sessions.remember(sid, session());
  changed = ['phone'];
  expect(await sessions.renew()).toEqual(['phone']);
  expect([sessions.find('phone'), sessions.find('laptop')]).toEqual([undefined, expect.anything()]);
});

it('does not bring back what ended while it asked', async () => {
  sessions.remember('phone', session());
  whileAsking = () => { sessions.rememberEnded('phone', 60_000); };
  await sessions.renew();
  seconds(30);
  expect([sessions.find('phone'), sessions.hasEnded('phone')]).toEqual([false, true]);
});

it('leaves those alone that nobody has used for a minute, and those that ended', async () => {
  sessions.remember('phone', session());
  sessions.rememberEnded('laptop', 3_600_000);
  for (let i = 0; i < 20; i += 1) {
    await sessions.renew();
    seconds(4);
  }
  expect(asked.at(-1)).toEqual(['phone']);
  expect(asked).toHaveLength(15);
});

it('looks at the database again when a session has run out as far as it knows', () => {
  sessions.remember('phone', session(2000));
  seconds(3);
  expect(sessions.find('phone')).toBeUndefined();
});
