import { disconnectAll } from '../setup/chatters.js';
import type { Person } from '../setup/people.js';
import type { Replica } from '../setup/replica.js';
import type { TestServer } from '../setup/server.js';
import { judge, wrongUnread } from './judge.js';
import { operations, weights } from './operations.js';
import { World } from './world.js';

export interface Trial {
  seed: number;
  steps: number;
  /** Whether devices lose pushes on the way. */
  lossy: boolean;
  /** Breaks the server on purpose, once everybody is registered. */
  sabotage?: (server: TestServer) => void;
}

/** A full check reads all that was ever said: in a long trial it comes less often, or it would be all that is done. */
const stepsPerCheck = (steps: number): number => Math.max(200, steps / 20);
/** Counters are checked more often than that, and at every step of a trial of their own (unread.test.ts). */
const countsChecked = 0.3;

/** Lets people do random things, some of them at the same time, and tells what of the promises was broken; none: nothing. */
export async function tryModel({ seed, steps, lossy, sabotage }: Trial): Promise<string[]> {
  const world = await World.begin(seed, lossy, sabotage);
  try {
    for (let done = 0, next = stepsPerCheck(steps); done < steps;) {
      done += await burst(world);
      const wrong = world.random.chance(countsChecked) ? await wrongUnread(world.random.pick(world.people) as Person) : [];
      if (done >= next || done >= steps || wrong.length > 0) wrong.push(...(await restAndJudge(world, done >= steps)));
      if (wrong.length > 0) return wrong.map((one) => `after ${done} steps: ${one}`);
      if (done >= next) next += stepsPerCheck(steps);
    }
    return [];
  } finally {
    disconnectAll();
    await world.end();
  }
}

/** Up to five people at once. */
async function burst(world: World): Promise<number> {
  const size = 1 + world.random.below(5);
  await Promise.all(Array.from({ length: size }, () => {
    const device = world.random.pick(world.devices) as Replica;
    return operations[world.random.weighted(weights)](world, device);
  }));
  return size;
}

async function restAndJudge(world: World, atEnd: boolean): Promise<string[]> {
  for (const device of world.devices) if (atEnd && device.voice === undefined) await world.reconnect(device);
  return await judge(world);
}
