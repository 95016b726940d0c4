import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { logger } from '../../src/common/logger.js';
import { channelOf, RedisLink } from '../../src/realtime/redis-link.js';
import { RedisServer } from '../setup/redis.js';
import { testSecret } from '../setup/secret.js';
import { whereRedisIs } from '../setup/with-nodes.js';
import { until } from '../setup/until.js';

whereRedisIs('the link through Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    logger.level = 'fatal';
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());
  const open: RedisLink[] = [];
  afterEach(async () => { await Promise.all(open.splice(0).map((link) => link.close())); });

  function link(channel = 'test', url = redis.url) {
    const heard: string[] = [];
    const states: boolean[] = [];
    const one = new RedisLink(url, channel);
    one.whenHeard((text) => { heard.push(text); });
    one.whenChanged((connected) => { states.push(connected); });
    open.push(one);
    return { one, heard, states };
  }

  async function linked(channel?: string) {
    const made = link(channel);
    await until(() => made.one.connected);
    return made;
  }

  it('carries texts to all others in order, and none to who sent them', async () => {
    const [a, b, c] = [await linked(), await linked(), await linked()];
    const texts = Array.from({ length: 500 }, (_, i) => `text ${i}\nwith "lines" and ü`);
    texts.forEach((text) => { a.one.publish(text); });
    await until(() => b.heard.length === 500 && c.heard.length === 500);
    expect([b.heard, c.heard, a.heard]).toEqual([texts, texts, []]);
  });

  it('delivers what was published just before it was closed', async () => {
    const [a, b] = [await linked(), await linked()];
    a.one.publish('goodbye');
    await a.one.close();
    await until(() => b.heard.length > 0);
    expect(b.heard).toEqual(['goodbye']);
  });

  it('comes back when Redis does, and says so', async () => {
    const [a, b] = [await linked(), await linked()];
    await redis.stop();
    await until(() => !a.one.connected && !b.one.connected);
    a.one.publish('into the void');
    await redis.start();
    await until(() => a.one.connected && b.one.connected);
    a.one.publish('here again');
    await until(() => b.heard.length > 0);
    expect([b.heard, b.states]).toEqual([['here again'], [true, false, true]]);
  });

  it('notices a Redis that neither answers nor closes', async () => {
    const a = await linked();
    redis.pause();
    await until(() => !a.one.connected);
    redis.resume();
    await until(() => a.one.connected);
    expect(a.states).toEqual([true, false, true]);
  });

  it.each(['normal', 'pubsub'])('mends when one of its two connections breaks (%s)', async (kind) => {
    const [a, b] = [await linked(), await linked()];
    const admin = new Redis(redis.url);
    await admin.client('KILL', 'TYPE', kind, 'SKIPME', 'yes');
    await until(() => a.states.length === 3 && b.states.length === 3);
    a.one.publish('mended');
    await until(() => b.heard.length > 0);
    expect([a.one.connected, b.one.connected, b.heard]).toEqual([true, true, ['mended']]);
    admin.disconnect();
  });

  it('goes on trying where Redis refuses it the channel', async () => {
    const admin = new Redis(redis.url);
    await admin.call('ACL', 'SETUSER', 'guest', 'on', '>secret', '~*', '+@all', 'resetchannels');
    const { one, states } = link('test', redis.url.replace('//', '//guest:secret@'));
    await until(async () => String(await admin.client('LIST')).includes('user=guest'));
    expect(one.connected).toBe(false);
    await admin.call('ACL', 'SETUSER', 'guest', 'allchannels');
    await until(() => one.connected);
    expect(states).toEqual([true]);
    admin.disconnect();
  });

  it('waits for a Redis that is not there yet', async () => {
    await redis.stop();
    const a = link();
    a.one.publish('nobody hears this');
    await redis.start();
    await until(() => a.one.connected);
    expect(a.states).toEqual([true]);
  });

  it('keeps deployments apart that share a Redis', async () => {
    const database = (name: string) => channelOf({ JWT_SECRET: testSecret, DATABASE_URL: `postgres://user@localhost/${name}` });
    expect(database('one')).toBe(channelOf({ JWT_SECRET: testSecret, DATABASE_URL: 'postgres://other:password@elsewhere:5433/one' }));
    const [a, b] = [await linked(database('one')), await linked(database('two'))];
    a.one.publish('for us only');
    const spy = new Redis(redis.url);
    await spy.publish(database('two'), 'x\nfor them');
    spy.disconnect();
    await until(() => b.heard.length > 0);
    expect(b.heard).toEqual(['for them']);
  });
});
