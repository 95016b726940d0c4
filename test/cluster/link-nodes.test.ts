// What nodes make of a link, whatever it is made of; here of nothing but calls.
import { afterEach, beforeAll, expect, it } from '@jest/globals';
import { logger } from '../../src/common/logger.js';
import type { NodeLink } from '../../src/realtime/node-link.js';
import { Nodes } from '../../src/realtime/nodes.js';
import { until } from '../setup/until.js';

/** Links to each other directly; a text can be lost on the way. */
class Wire implements NodeLink {
  connected = true;
  published = 0;
  losing = false;
  private heard: (text: string) => void = () => undefined;
  private changed: (connected: boolean) => void = () => undefined;

  constructor(private readonly others: Set<Wire>) {
    others.add(this);
  }

  publish(text: string): void {
    this.published += 1;
    if (!this.losing) for (const other of this.others) if (other !== this && other.connected) queueMicrotask(() => { other.heard(text); });
  }

  whenHeard(listener: (text: string) => void): void {
    this.heard = listener;
  }

  whenChanged(listener: (connected: boolean) => void): void {
    this.changed = listener;
  }

  turn(connected: boolean): void {
    this.connected = connected;
    this.changed(connected);
  }

  async close(): Promise<void> {
    this.others.delete(this);
  }
}

const open: Nodes[] = [];
beforeAll(() => { logger.level = 'fatal'; });
afterEach(async () => { for (const nodes of open.splice(0)) await nodes.onApplicationShutdown(); });

/** Two nodes that know each other, and what the second one noticed. */
async function pair() {
  const hub = new Set<Wire>();
  const [wire, otherWire] = [new Wire(hub), new Wire(hub)];
  const [one, other] = [new Nodes(wire), new Nodes(otherWire)];
  open.push(one, other);
  const heard: string[] = [];
  const noticed = { doubts: 0, gone: 0, asked: 0 };
  other.hear('sessions_changed', ({ sids }) => { heard.push(...sids); });
  other.whenInDoubt(() => { noticed.doubts += 1; });
  other.whenGone(() => { noticed.gone += 1; });
  await until(() => one.accompanied && other.accompanied);
  other.whenAsked(() => { noticed.asked += 1; });
  noticed.doubts = 0;
  return { one, other, wire, otherWire, heard, noticed, say: (...sids: string[]) => { one.tell('sessions_changed', { sids }); } };
}

it('tells what happened in one turn in one text, in order', async () => {
  const { wire, heard, say } = await pair();
  const before = wire.published;
  for (let i = 0; i < 100; i += 1) say(`${i}`);
  await until(() => heard.length === 100);
  expect([wire.published - before, heard]).toEqual([1, Array.from({ length: 100 }, (_, i) => `${i}`)]);
});

it('is in doubt when something was lost on the way, as soon as the next text comes', async () => {
  const { wire, heard, noticed, say } = await pair();
  wire.losing = true;
  say('lost');
  await new Promise((done) => { setImmediate(done); });
  wire.losing = false;
  expect(noticed.doubts).toBe(0);
  say('heard');
  await until(() => heard.length > 0);
  expect([heard, noticed.doubts]).toEqual([['heard'], 1]);
});

it('is in doubt when its link goes and when it comes back, tells its state, and asks for that of the others', async () => {
  const { one, otherWire, noticed } = await pair();
  let asked = 0;
  one.whenAsked(() => { asked += 1; });
  otherWire.turn(false);
  expect(noticed).toMatchObject({ doubts: 1, asked: 0 });
  otherWire.turn(true);
  await until(() => asked > 0);
  expect(noticed).toMatchObject({ doubts: 2, asked: 1, gone: 0 });
});

it('makes known by its numbers that it had something to say while its link was away', async () => {
  const { wire, heard, noticed, say } = await pair();
  wire.turn(false);
  say('to nobody');
  await new Promise((done) => { setImmediate(done); });
  wire.turn(true);
  await until(() => noticed.doubts > 0);
  expect(heard).toEqual([]);
});

it('says goodbye, after everything else', async () => {
  const { one, heard, noticed, say } = await pair();
  say('last words');
  await one.onApplicationShutdown();
  await until(() => noticed.gone > 0);
  expect([heard, noticed]).toEqual([['last words'], { doubts: 0, gone: 1, asked: 0 }]);
});

it('goes on when one who listens fails', async () => {
  const { other, heard, say } = await pair();
  other.hear('sessions_changed', () => { throw new Error('on purpose'); });
  say('one');
  say('two');
  await until(() => heard.length === 2);
  expect(heard).toEqual(['one', 'two']);
});

it('does nothing at all without a link', async () => {
  const alone = new Nodes(null);
  alone.tell('sessions_changed', { sids: [] });
  expect([alone.linked, alone.connected, alone.accompanied]).toEqual([false, false, false]);
  await alone.onApplicationShutdown();
});
