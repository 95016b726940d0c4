// When somebody was last here, as the database comes to know it.
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Nodes } from '../../src/realtime/nodes.js';
import { PresenceService } from '../../src/realtime/presence.js';

let presence: PresenceService;

const seconds = (n: number): void => { jest.advanceTimersByTime(n * 1000); };
const stored = (everybody = false): Map<string, Date> => presence.toStore({ everybody });

beforeEach(() => {
  jest.useFakeTimers();
  presence = new PresenceService(new Nodes(null));
});
afterEach(() => { jest.useRealTimers(); });

it('is stored every five minutes of who stays connected, however many devices they have', () => {
  presence.connected('alice', 'phone');
  const writes: number[] = [];
  for (let beat = 0; beat < 25; beat += 1) {
    seconds(30);
    if (beat === 3) presence.connected('alice', 'laptop');
    if (stored().has('alice')) writes.push(beat);
  }
  expect(writes).toEqual([0, 10, 20]);
});

it('is stored soon after somebody left', () => {
  presence.connected('alice', 'phone');
  stored();
  seconds(60);
  presence.disconnected('alice', 'phone');
  const left = Date.now();
  seconds(20);
  expect(presence.lastSeen('alice', null)?.getTime()).toBe(left);
  expect(stored()).toEqual(new Map([['alice', new Date(left)]]));
  expect(stored()).toEqual(new Map());
});

it('is stored of who makes requests only, until they are quiet for two minutes', () => {
  presence.seen('alice', 'phone');
  const last = Date.now();
  const times: (number | undefined)[] = [];
  for (let beat = 0; beat < 6; beat += 1) {
    seconds(30);
    times.push(stored().get('alice')?.getTime());
  }
  expect(times).toEqual([last, last, last, last, last, undefined]);
  expect(presence.isOnline('alice')).toBe(false);
});

it('is stored of everybody when the process ends', () => {
  presence.connected('alice', 'phone');
  stored();
  seconds(60);
  expect(stored()).toEqual(new Map());
  expect(stored(true)).toEqual(new Map([['alice', new Date()]]));
});
