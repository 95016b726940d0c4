// Who is here, told over two nodes: also when one of them stops, crashes or cannot be heard.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { Room } from '../../src/contract/room.dto.js';
import type { UserPage } from '../../src/contract/user.dto.js';
import { connect, type Chatter } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { until } from '../setup/until.js';
import { withNodes } from '../setup/with-nodes.js';

let n = 0;

withNodes('presence on two nodes', (cluster) => {
  const url = (i: number): string => cluster().nodes[i]?.url ?? '';
  const someone = (name: string, node = 0): Promise<Person> => newPerson({ url: url(node) }, `${name}${(n += 1)}`);
  const onNode = (i: number, person: Person): Promise<Chatter> => connect({ url: url(i) }, person);
  const newsOf = (who: Chatter, userId: string): boolean[] => who.all('presence').filter((news) => news.userId === userId).map(({ online }) => online);

  /** What each node says of somebody: by id, and in the list. */
  async function seen(asker: Person, person: Person): Promise<unknown[]> {
    const { accessToken } = asker;
    const get = async <Body>(i: number, path: string) => (await (await fetch(`${url(i)}/api/v1${path}`, { headers: { authorization: `Bearer ${accessToken}` } })).json()) as Body;
    const answers = await Promise.all([0, 1].map(async (i) => [
      (await get<Person['user']>(i, `/users/${person.user.id}`)).presence,
      (await get<UserPage>(i, `/users?query=${person.user.username}`)).users.find(({ id }) => id === person.user.id)?.presence,
    ]));
    return answers.flat();
  }

  async function expectOnline(asker: Person, person: Person, online: boolean, withinMs?: number): Promise<void> {
    await until(async () => (await seen(asker, person)).every((presence) => (presence as { online: boolean }).online === online), withinMs);
  }

  /** Alice is on the first node and Bob on the second, and they share a private chat. */
  async function partners(bobBegan = 0): Promise<{ alice: Chatter; bob: Chatter }> {
    const [alice, bob] = [await onNode(0, await someone('alice')), await onNode(1, await someone('bob', bobBegan))];
    await alice.person.put(`/dms/${bob.id}`);
    await until(async () => (await seen(alice.person, bob.person)).length === 4);
    await pause(1500); // The news of both having come are told.
    return { alice, bob };
  }

  it('is the same on both, and news are told once, on the other node as well', async () => {
    const { alice, bob } = await partners();
    await expectOnline(alice.person, bob.person, true);
    alice.forget();
    const before = newsOf(alice, bob.id).length;
    bob.leave();
    expect(await alice.next('presence', ({ userId }) => userId === bob.id)).toMatchObject({ online: false, lastSeenAt: expect.any(String) });
    await expectOnline(alice.person, bob.person, false);
    const back = await onNode(1, bob.person);
    expect(await alice.next('presence', ({ userId }) => userId === bob.id)).toMatchObject({ online: true });
    await pause(1500);
    expect(newsOf(alice, bob.id).slice(before)).toEqual([false, true]);
    back.leave();
  });

  it('lasts until the last device on any node has gone', async () => {
    const { alice, bob } = await partners();
    const phone = await onNode(0, await bob.person.anotherDevice());
    const before = newsOf(alice, bob.id).length;
    bob.leave();
    await pause(1500);
    await expectOnline(alice.person, bob.person, true);
    expect(newsOf(alice, bob.id)).toHaveLength(before);
    phone.leave();
    expect(await alice.next('presence', ({ userId, online }) => userId === bob.id && !online)).toMatchObject({ online: false });
  });

  it('is known of who uses REST only, and of a logout at once', async () => {
    const [alice, bob] = [await someone('alice'), await someone('bob')];
    await bob.get('/users/me');
    await expectOnline(alice, bob, true);
    await bob.post('/auth/logout');
    await expectOnline(alice, bob, false);
  });

  it('counts who looks at a room over both nodes, a person with windows on both once', async () => {
    const { alice, bob } = await partners();
    const { room } = await alice.ask('join_room', { room: `seen-${(n += 1)}`, create: true });
    const viewers = (who: Chatter): number | undefined => who.all('room_stats', room.id).at(-1)?.viewers;
    await bob.ask('join_room', { room: room.id });
    for (const who of [alice, bob]) await until(() => viewers(who) === 2);
    const phone = await onNode(0, await bob.person.anotherDevice());
    await phone.ask('look', { roomId: room.id, looking: true });
    await pause(2500);
    expect([alice, bob].map(viewers)).toEqual([2, 2]);
    await bob.ask('look', { roomId: room.id, looking: false });
    await pause(2500);
    expect([alice, bob].map(viewers)).toEqual([2, 2]);
    phone.leave();
    for (const who of [alice, bob]) await until(() => viewers(who) === 1);
  });

  it('is told to who looks at the same room through the other node', async () => {
    const [alice, bob] = [await onNode(0, await someone('alice')), await onNode(1, await someone('bob'))];
    const { room } = await alice.ask('join_room', { room: `together-${(n += 1)}`, create: true });
    await bob.ask('join_room', { room: room.id });
    await pause(2500);
    alice.forget();
    bob.leave();
    expect(await alice.next('presence', ({ userId }) => userId === bob.id)).toMatchObject({ online: false });
  });

  it('is told in a digest to who watches somebody of the other node', async () => {
    const [alice, bob] = [await onNode(0, await someone('alice')), await onNode(1, await someone('bob'))];
    await expectOnline(alice.person, bob.person, true);
    expect((await alice.ask('watch_presence', { userIds: [bob.id] })).people).toMatchObject([{ userId: bob.id, online: true }]);
    bob.leave();
    await until(() => alice.all('presence_digest').some(({ people }) => people.some(({ userId, online }) => userId === bob.id && !online)));
    await onNode(1, bob.person);
    await until(() => alice.all('presence_digest').at(-1)?.people.some(({ userId, online }) => userId === bob.id && online) === true);
    expect(newsOf(alice, bob.id)).toEqual([]);
  });

  it('allows ten sockets on all nodes together', async () => {
    const bob = await someone('bob');
    for (let i = 0; i < 10; i += 1) await onNode(i % 2, bob);
    await pause(300);
    for (const i of [0, 1]) await expect(onNode(i, bob)).rejects.toMatchObject({ data: { code: 'too_many_sockets' } });
  });

  it('stays as it was while the nodes cannot hear each other, and is right again afterwards', async () => {
    const { alice, bob } = await partners();
    const before = newsOf(alice, bob.id).length;
    await cluster().redis.stop();
    await pause(30_000); // Longer than a lease.
    await expectOnline(alice.person, bob.person, true);
    const carol = await onNode(1, await someone('carol'));
    await cluster().redis.start();
    await expectOnline(alice.person, carol.person, true);
    await pause(1500);
    expect(newsOf(alice, bob.id)).toHaveLength(before);
  }, 120_000);

  it('ends at once with a node that stops', async () => {
    const { alice, bob } = await partners();
    await cluster().nodes[1]?.terminate();
    const began = Date.now();
    await alice.next('presence', ({ userId, online }) => userId === bob.id && !online);
    expect(Date.now() - began).toBeLessThan(20_000);
    await cluster().nodes[1]?.start();
  }, 90_000);

  it('ends within a minute with a node that crashes, and so does what it did last without telling', async () => {
    const { alice, bob } = await partners(1);
    const carol = await onNode(0, await someone('carol'));
    const { body: room } = await alice.person.post<Room>('/rooms', { name: 'Crash', kind: 'public', memberIds: [bob.id, carol.id] });
    for (const who of [alice, bob]) await who.ask('join_room', { room: room.id });
    await until(() => alice.all('room_stats', room.id).at(-1)?.viewers === 2);
    alice.forget();
    await cluster().query('WITH r AS (UPDATE rooms SET rev = rev + 1 WHERE id = $1 RETURNING rev) UPDATE memberships SET left_at = clock_timestamp(), rev = r.rev FROM r WHERE room_id = $1 AND user_id = $2', [room.id, carol.id]);
    await cluster().nodes[1]?.kill();
    const began = Date.now();
    await until(() => newsOf(alice, bob.id).at(-1) === false, 60_000);
    await until(() => alice.all('room_stats', room.id).at(-1)?.viewers === 1, 10_000);
    await until(() => carol.all('room_removed').some(({ roomId }) => roomId === room.id), 10_000);
    expect(Date.now() - began).toBeLessThan(60_000);
    await cluster().nodes[1]?.start();
    expect(newsOf(alice, (await onNode(1, bob.person)).id)).toContain(false);
    await until(() => newsOf(alice, bob.id).at(-1) === true);
  }, 150_000);
}, { settings: { RATE_LIMITS: 'on' } });
