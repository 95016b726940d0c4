import { describe, expect, it } from '@jest/globals';
import { readBatch } from '../../src/realtime/operations.js';
import { Peers } from '../../src/realtime/peers.js';
import { RoomOrder } from '../../src/realtime/room-order.js';
import { until } from '../setup/until.js';

describe('the other nodes', () => {
  it('are strangers once, and missed when their numbers leap', () => {
    const peers = new Peers();
    expect(peers.heard('a', 1, 1000)).toEqual({ stranger: true, repeated: false });
    expect(peers.heard('a', 2, 2000)).toEqual({ stranger: false, repeated: false });
    expect(peers.heard('a', 2, 2100)).toEqual({ stranger: false, repeated: true });
    expect(peers.heard('a', 5, 3000)).toEqual({ stranger: false, repeated: false, missedSince: 2100 });
    expect(peers.heard('b', 7, 3000)).toEqual({ stranger: true, repeated: false, missedSince: 3000 });
  });

  it('are given up after their lease, unless nobody could hear them', () => {
    const peers = new Peers();
    peers.heard('a', 1, 0);
    peers.heard('b', 1, 15_000);
    expect(peers.expire(21_000)).toEqual([{ id: 'a', heardAt: 0 }]);
    peers.renew(60_000);
    expect(peers.expire(75_000)).toEqual([]);
    expect([peers.forget('b'), peers.forget('b'), peers.size]).toEqual([true, false, 0]);
  });
});

describe('the order of a room', () => {
  function orderIn(company: boolean): { said: number[]; say: (...revs: number[]) => void; order: RoomOrder } {
    const order = new RoomOrder(() => company);
    const said: number[] = [];
    return { said, order, say: (...revs) => { for (const rev of revs) order.announce(order.lineOf('room'), rev, () => { said.push(rev); }); } };
  }

  it('waits for what another node has yet to tell, but not for ever', async () => {
    const { said, say } = orderIn(true);
    say(5, 8, 7);
    expect(said).toEqual([5]);
    say(6, 9);
    expect(said).toEqual([5, 6, 7, 8, 9]);
    say(12, 11);
    await until(() => said.length === 7);
    expect(said).toEqual([5, 6, 7, 8, 9, 11, 12]);
    say(10);
    expect(said.at(-1)).toBe(10);
  });

  it('waits also when the change of this node is done', async () => {
    const { said, say, order } = orderIn(true);
    say(1);
    await order.during('room', async () => { say(3); });
    expect(said).toEqual([1]);
    say(2);
    expect(said).toEqual([1, 2, 3]);
  });

  it('waits for nobody when this node is alone', () => {
    const { said, say } = orderIn(false);
    say(1, 5, 9);
    expect(said).toEqual([1, 5, 9]);
  });
});

it('reads a batch, and leaves out what it does not understand', () => {
  const good = ['typing', { roomId: 'r', userId: 'u', typing: true }];
  const written = JSON.stringify({ from: 'a', n: 3, operations: [good, ['of_a_newer_node', { x: 1 }], ['typing', { roomId: 'r' }], ['push', { name: 'head', payload: { roomId: 'r', rev: 1 } }]] });
  expect(readBatch(written)).toEqual({ from: 'a', n: 3, operations: [good] });
  for (const other of ['', 'x', 'null', '3', '{}', '{"from":"a","n":-1,"operations":[]}', '{"from":"a","n":1}']) expect(readBatch(other)).toBeNull();
});
