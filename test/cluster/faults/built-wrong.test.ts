import { afterEach, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { World } from '../../faults/world.js';
import { violations } from '../../setup/checker.js';
import { Cluster } from '../../setup/cluster.js';
import { say } from '../../setup/server-process.js';

// A run that cannot fail proves nothing: the same people and the same questions, once at nodes that do not know of each other.
let close = (): Promise<void> => Promise.resolve();
afterEach(() => close());

/** Everybody talks, is silent for a moment, and shows what they have, until something is found wrong, or so many times. */
async function look(redis: 'running' | 'none', rounds: number): Promise<string[]> {
  const cluster = await Cluster.start({ redis });
  const world = await World.make(cluster, { people: 12, rooms: 4, pauseMs: 100 });
  close = async () => { world.leave(); await cluster.close(); };
  const found: string[] = [];
  for (let round = 0; round < rounds && found.length === 0; round += 1) {
    world.begin();
    await world.acks(40);
    await world.end(5000);
    found.push(...violations(await world.run()));
    await pause(Math.random() * 1000);
  }
  say(`Redis ${redis}: ${found.length} screens unlike the history`);
  return found;
}

it('finds that members miss messages when the nodes do not know of each other', async () => {
  const found = await look('none', 10);
  expect(found.filter((violation) => violation.includes(' shows '))).not.toEqual([]);
});

it('finds nothing when they do', async () => {
  expect(await look('running', 3)).toEqual([]);
});
