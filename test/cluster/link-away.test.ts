// What two nodes do while Redis is away, and when it is back.
import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Room } from '../../src/contract/room.dto.js';
import { connect, id, type Chatter } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { until } from '../setup/until.js';
import { withNodes } from '../setup/with-nodes.js';

/** What is promised for the time without a link. */
const withinMs = 60_000;
let n = 0;
const say = (who: Chatter, roomId: string, text = 'hello') => who.ask('new_message', { roomId, clientId: id(), text });
const states = async (urls: string[]): Promise<string[]> => await Promise.all(urls.map(async (url) => ((await (await fetch(`${url}/health/ready`)).json()) as { status: string }).status));
const heardOf = (who: Chatter, roomId: string) => who.heard.filter(({ payload }) => payload.roomId === roomId);

withNodes('two nodes without a link', (cluster) => {
  const url = (i: number): string => cluster().nodes[i]?.url ?? '';
  const someone = (name: string): Promise<Person> => newPerson({ url: url(0) }, `${name}${(n += 1)}`);
  const onNode = (i: number, person: Person): Promise<Chatter> => connect({ url: url(i) }, person);
  const all = async (status: string): Promise<void> => { await until(async () => (await states([url(0), url(1)])).every((one) => one === status)); };

  /** Alice is on the first node, everybody else on the second; the room is hers. */
  async function apart(...members: Person[]): Promise<{ alice: Chatter; others: Chatter[]; room: Room }> {
    const alice = await onNode(0, await someone('alice'));
    const { body: room } = await alice.person.post<Room>('/rooms', { name: `Room ${(n += 1)}`, kind: 'private', memberIds: members.map(({ user }) => user.id) });
    return { alice, others: await Promise.all(members.map((member) => onNode(1, member))), room };
  }

  it('start alone, say so, and find each other when Redis appears', async () => {
    expect(await states([url(0), url(1)])).toEqual(['degraded', 'degraded']);
    const { alice, others: [bob], room } = await apart(await someone('bob'));
    await say(alice, room.id, 'alone');
    await alice.next('new_message', ({ text }) => text === 'alone');
    await cluster().redis.start();
    await all('ready');
    await say(alice, room.id, 'together');
    expect(await bob?.next('new_message')).toMatchObject({ text: 'together' });
  });

  it('deliver here, notice what was lost there, and cut whoever was removed or logged out there', async () => {
    const [bob, carol, dave, erin] = await Promise.all(['bob', 'carol', 'dave', 'erin'].map(someone)) as [Person, Person, Person, Person];
    const { alice, others, room } = await apart(bob, carol, dave);
    const [reader, removed, loggedOut] = others as [Chatter, Chatter, Chatter];
    const added = await onNode(1, erin);
    await cluster().redis.stop();
    await all('degraded');
    await alice.person.delete(`/rooms/${room.id}/members/${carol.user.id}`);
    await alice.person.post(`/rooms/${room.id}/members`, { userId: erin.user.id });
    await dave.post('/auth/logout');
    const { message } = await say(alice, room.id, 'not heard elsewhere'); // And then the room is silent.
    await alice.next('new_message', ({ id: heard }) => heard === message.id);
    await until(() => reader.all('head', room.id).some(({ rev }) => rev >= message.rev), 35_000);
    await until(() => removed.all('room_removed').some(({ roomId }) => roomId === room.id), withinMs);
    await until(() => added.all('room_added').some(({ roomId }) => roomId === room.id), withinMs);
    await until(() => !loggedOut.socket.connected, withinMs);
    expect(loggedOut.heard.at(-1)).toEqual({ name: 'session_revoked', payload: { reason: 'ended_elsewhere' } });
    const heard = heardOf(removed, room.id).length;
    await say(reader, room.id, 'spoken on the second node');
    await added.next('new_message', ({ text }) => text === 'spoken on the second node');
    expect(heardOf(removed, room.id)).toHaveLength(heard);
  }, 150_000);

  it('make up for what was missed as soon as the link is back', async () => {
    await cluster().redis.start();
    await all('ready');
    const [bob, carol] = await Promise.all(['bob', 'carol'].map(someone)) as [Person, Person];
    const { alice, others, room } = await apart(bob, carol);
    const [removed, reader] = others as [Chatter, Chatter];
    await cluster().redis.stop();
    await all('degraded');
    await alice.person.delete(`/rooms/${room.id}/members/${bob.user.id}`);
    await cluster().redis.start();
    await all('ready');
    await until(() => removed.all('room_removed').length > 0, 10_000);
    await say(alice, room.id, 'together again');
    expect(await reader.next('new_message')).toMatchObject({ text: 'together again' });
    expect(removed.all('new_message', room.id)).toEqual([]);
  }, 60_000);

  it('do not trip over anything that somebody writes to their channel', async () => {
    const { alice, others: [bob], room } = await apart(await someone('bob'));
    const hostile = new Redis(cluster().redis.url);
    const [channel = ''] = (await hostile.pubsub('CHANNELS', 'verbatim:*')) as string[];
    const batch = (n: number, ...operations: unknown[]) => JSON.stringify({ from: 'stranger', n, operations });
    const writings = [
      '', '{', 'null', '[]', '{"from":1}', '\u0000', '['.repeat(50_000), batch(-1), batch(1, null, 3, [], ['push'], ['constructor', {}], ['__proto__', {}], ['bye']),
      batch(2, ['push', { name: 'disconnect', payload: {} }], ['push', { name: 'new_message', payload: { roomId: room.id, rev: '9' } }], ['passing', { roomId: room.id, userIds: 'all', name: 'read', payload: {} }]),
      batch(3, ['enter', { userId: {}, roomId: [], rev: null }], ['sessions_ended', { userId: alice.id, sids: 'all', reason: 'x' }], ['all_here', { people: { __proto__: 'x', y: -1 } }]),
    ];
    for (const text of writings) for (const from of ['', 'x\n']) await hostile.publish(channel, from + text);
    hostile.disconnect();
    await say(alice, room.id, 'unharmed');
    expect(await bob?.next('new_message')).toMatchObject({ text: 'unharmed' });
    expect(cluster().nodes.map(({ runs }) => runs)).toEqual([true, true]);
    expect(await (await fetch(`${url(0)}/metrics`)).text()).toMatch(/chat_link_operations_total\{direction="dropped"\} [1-9]/);
  });
}, { redis: 'absent' });
