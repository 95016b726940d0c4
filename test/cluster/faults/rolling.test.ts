import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { World } from '../../faults/world.js';
import { violations } from '../../setup/checker.js';
import { Cluster } from '../../setup/cluster.js';
import { isLong, say, type ServerProcess } from '../../setup/server-process.js';

const restarts = isLong ? 20 : 2;
let cluster: Cluster;
let world: World;

beforeAll(async () => {
  cluster = await Cluster.start({ readyAware: true });
  world = await World.make(cluster, { people: 20, rooms: 4, pauseMs: 120 });
});
afterAll(async () => {
  world?.leave();
  await cluster?.close();
});

it(`refuses nothing and loses nothing while one node after the other is stopped and started, ${restarts} times`, async () => {
  world.begin();
  const { diary } = world;
  for (let n = 1; n <= restarts; n += 1) {
    const node = cluster.nodes[n % 2];
    await world.acks(60);
    const [told, sockets] = [diary.closings, await openSockets(node)];
    const ended = await node.terminate();
    say(`stop ${n} of ${restarts}: exit ${ended.code ?? ended.signal} after ${ended.ms} ms; ${diary.closings - told} of ${sockets} there were told`);
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.ms).toBeLessThanOrEqual(15_000);
    expect(diary.closings - told).toBe(sockets);
    await world.acks(60);
    await node.start();
  }
  const ms = await world.end();
  const run = await world.run();
  say(`${world.size} senders: ${run.sent.length} sent, ${run.acked.length} acked, ${run.stored.length} stored; all equal after ${ms} ms`);
  expect(violations(run)).toEqual([]);
  expect(diary).toMatchObject({ faults: [], refused: [], cutShort: 0 });
  expect(cluster.accidents).toEqual([]);
});

async function openSockets({ url }: ServerProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^chat_open_sockets (\d+)/m.exec(text)?.[1]);
}
