import { describe, expect, it } from '@jest/globals';
import { violations, type Run } from '../setup/checker.js';

/** Two messages, one after the other, as they should be. */
function goodRun(): Run {
  const message = (n: number) => ({ clientId: `c${n}`, senderId: 'alice', roomId: 'tea', seq: n, id: `m${n}`, text: `text ${n}` });
  return {
    sent: [1, 2].map((n) => ({ ...message(n), at: n * 10 })),
    acked: [1, 2].map((n) => ({ ...message(n), sentAt: n * 10, ackedAt: n * 10 + 5 })),
    stored: [1, 2].map(message),
    displayed: ['alice', 'bob'].map((who) => ({ who, roomId: 'tea', ids: ['m1', 'm2'] })),
  };
}

function after(change: (run: Run) => void): string[] {
  const run = goodRun();
  change(run);
  return violations(run);
}

describe('the checker', () => {
  it('has nothing to say of a run that kept every promise', () => {
    expect(violations(goodRun())).toEqual([]);
  });

  it('bears a message that was stored without an answer, and a tombstone', () => {
    expect(after(({ acked }) => acked.pop())).toEqual([]);
    expect(after(({ stored }) => { stored[0].text = null; })).toEqual([]);
  });

  it('bears a late answer to a repeated send, which speaks of the first one', () => {
    expect(after(({ sent, acked }) => {
      sent.push({ ...sent[0], at: 30 });
      acked[0] = { ...acked[0], sentAt: 30, ackedAt: 35 };
    })).toEqual([]);
  });

  it.each<[string, (run: Run) => void, RegExp]>([
    ['acked and lost', ({ stored }) => { stored.pop(); }, /acked but not stored: m2/],
    ['acked as another number', ({ acked }) => { acked[1].seq = 7; }, /acked as tea#7/],
    ['stored out of nowhere', ({ sent }) => { sent.pop(); }, /never sent: tea#2/],
    ['stored with another text', ({ stored }) => { stored[1].text = 'other'; }, /otherwise than sent/],
    ['stored twice', ({ stored }) => { stored.push({ ...stored[1], seq: 3, id: 'm3' }); }, /stored 2 times/],
    ['stored under one id twice', ({ stored }) => { stored[1].id = 'm1'; }, /share an id/],
    ['numbered with a hole', ({ stored }) => { stored[1].seq = 3; }, /seq 3 stands where 2 belongs/],
    ['shown in another order', ({ displayed }) => { displayed[1].ids.reverse(); }, /bob shows m2 as number 1/],
    ['not shown', ({ displayed }) => { displayed[0].ids.pop(); }, /alice shows nothing as number 2/],
    ['shown twice', ({ displayed }) => { displayed[0].ids.push('m2'); }, /history has nothing/],
    ['put before what was acked earlier', ({ sent, acked, stored }) => {
      for (const list of [acked, stored]) [list[0].seq, list[1].seq] = [2, 1];
      sent[1].at = 20;
    }, /was acked before/],
  ])('notices a message %s', (_, change, complaint) => {
    expect(after(change).join('\n')).toMatch(complaint);
  });
});
