import { beforeEach, describe, expect, it } from '@jest/globals';
import { LocalStorageStore, type Message } from '../../client/src/index.js';
import { Timeline } from '../../client/src/timeline.js';

let told: string[];
let timeline: Timeline;

const message = (seq: number, rev = seq, text = `${seq}`): Message => ({ seq, rev, text }) as Message;
const page = (from: number, to: number): Message[] => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
const shown = (): string => timeline.messages.map(({ seq, rev }) => (seq === rev ? `${seq}` : `${seq}@${rev}`)).join(' ');

beforeEach(() => {
  told = [];
  timeline = new Timeline(5, ({ seq }, kind) => { told.push(`${kind} ${seq}`); });
});

describe('a timeline', () => {
  it('keeps the newest, and the same list while nothing changes', () => {
    timeline.reset(page(8, 10), 10);
    const before = timeline.messages;
    timeline.put(message(10));
    expect(timeline.messages).toBe(before);
    for (const seq of [11, 12, 13]) timeline.put(message(seq));
    expect([shown(), timeline.hasMoreBefore, told]).toEqual(['9 10 11 12 13', true, ['new 11', 'new 12', 'new 13']]);
  });

  it('takes the newer state of a message only', () => {
    timeline.reset(page(1, 3), 3);
    timeline.put(message(2, 7));
    timeline.put(message(2, 6));
    expect([shown(), told]).toEqual(['1 2@7 3', ['updated 2']]);
  });

  it('shows the list of before while a sync has holes, and tells what is new in order', () => {
    timeline.reset(page(1, 2), 2);
    timeline.freeze();
    timeline.put(message(3));
    timeline.put(message(5));
    expect([shown(), told]).toEqual(['1 2', ['new 3']]);
    timeline.put(message(4, 9));
    timeline.thaw();
    expect([shown(), told]).toEqual(['1 2 3 4@9 5', ['new 3', 'new 4', 'new 5']]);
  });

  it('tells of what it drops in the middle of a sync', () => {
    timeline.reset(page(1, 1), 1);
    timeline.freeze();
    for (const seq of [3, 4, 5, 6, 7, 8, 9]) timeline.put(message(seq)); // 2 was edited, and comes last
    timeline.put(message(2, 20));
    timeline.thaw();
    expect([shown(), told]).toEqual(['5 6 7 8 9', ['new 3', 'new 4', 'new 5', 'new 6', 'new 7', 'new 8', 'new 9', 'updated 2']]);
  });

  it('loads what was before, with what changed while it was under way', async () => {
    timeline.reset(page(8, 10), 10);
    const loaded = await timeline.loadEarlier(async (before) => {
      timeline.put(message(6, 30, 'changed meanwhile'));
      return page(before - 3, before - 1);
    });
    expect([loaded, shown(), timeline.hasMoreBefore]).toEqual([true, '5 6@30 7 8 9 10', true]);
    timeline.put(message(11));
    expect(shown()).toBe('6@30 7 8 9 10 11'); // as many as somebody wanted to see
    timeline.release();
    expect(shown()).toBe('7 8 9 10 11');
  });

  it('does not join a page to a list that moved on meanwhile', async () => {
    timeline.reset(page(6, 10), 10);
    await timeline.loadEarlier(async (before) => {
      timeline.put(message(11));
      return page(before - 3, before - 1);
    });
    expect(shown()).toBe('7 8 9 10 11');
    expect(await timeline.loadEarlier(async () => page(1, 6))).toBe(true);
    expect([shown(), await timeline.loadEarlier(async () => []), timeline.hasMoreBefore]).toEqual(['1 2 3 4 5 6 7 8 9 10 11', false, false]);
  });
});

describe('LocalStorageStore', () => {
  it('keeps values by key', async () => {
    const values = new Map<string, string>();
    const store = new LocalStorageStore({
      get length() { return values.size; },
      key: (index) => [...values.keys()][index] ?? null,
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => { values.set(key, value); },
      removeItem: (key) => { values.delete(key); },
    });
    await store.set('a:1', { text: 'ü' });
    await store.set('b:1', [1]);
    expect([await store.get('a:1'), await store.get('a:2'), await store.keys('a:')]).toEqual([{ text: 'ü' }, undefined, ['a:1']]);
    await store.delete('a:1');
    expect(await store.keys('')).toEqual(['b:1']);
  });
});
