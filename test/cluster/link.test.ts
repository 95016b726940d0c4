// Two nodes with Redis between them: what is done on one is heard on the other as if there were only one.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, it } from '@jest/globals';
import type { Room } from '../../src/contract/room.dto.js';
import { connect, id, type Chatter } from '../setup/chatters.js';
import type { Cluster } from '../setup/cluster.js';
import { newPerson, password, type Person } from '../setup/people.js';
import { until } from '../setup/until.js';
import { withNodes } from '../setup/with-nodes.js';

let n = 0;

withNodes('two nodes', (cluster) => {
  const [a, b] = [() => nodeOf(cluster(), 0), () => nodeOf(cluster(), 1)];
  let admin: Person;
  beforeAll(async () => { admin = await newPerson(a(), 'admin'); }); // The first one is it.

  const someone = (name: string, node = a): Promise<Person> => newPerson(node(), `${name}${(n += 1)}`);
  const say = (who: Chatter, roomId: string, text = 'hello') => who.ask('new_message', { roomId, clientId: id(), text });

  /** Alice is on the first node, Bob on the second; the room is Alice's. */
  async function apart(kind: 'public' | 'private' = 'private'): Promise<{ alice: Chatter; bob: Chatter; room: Room }> {
    const [alice, bob] = [await connect(a(), await someone('alice')), await connect(b(), await someone('bob', b))];
    const { body: room } = await alice.person.post<Room>('/rooms', { name: `Room ${(n += 1)}`, kind, memberIds: [bob.id] });
    await bob.next('room_added', ({ roomId }) => roomId === room.id);
    return { alice, bob, room };
  }

  it('tell a room of messages, edits, reactions, deletions and changes of the room, each once', async () => {
    const { alice, bob, room } = await apart();
    const { message } = await say(alice, room.id);
    expect(await bob.next('new_message')).toEqual(message);
    const edited = await alice.ask('edit_message', { messageId: message.id, text: 'hello again' });
    const reacted = await bob.ask('add_reaction', { messageId: message.id, emoji: '\u{1F44D}' });
    const deleted = await alice.ask('delete_message', { messageId: message.id });
    await alice.person.patch(`/rooms/${room.id}`, { topic: 'Two nodes' });
    for (const who of [alice, bob]) {
      await who.next('room_updated', ({ room: { topic } }) => topic === 'Two nodes');
      expect(who.all('message_updated', room.id)).toEqual([edited.message, reacted.message, deleted.message]);
      expect(who.all('new_message', room.id)).toHaveLength(1);
    }
  });

  it('tell a room in which both speak at once everything once', async () => {
    const { alice, bob, room } = await apart();
    const sent = await Promise.all(Array.from({ length: 200 }, async (_, i) => (await say(i % 2 === 0 ? alice : bob, room.id, `${i}`)).message));
    const inOrder = sent.map(({ seq }) => seq).sort((x, y) => x - y);
    for (const who of [alice, bob]) {
      const heard = () => who.all('new_message', room.id).map(({ seq }) => seq);
      await until(() => heard().length >= inOrder.length);
      await pause(100);
      expect([...heard()].sort((x, y) => x - y)).toEqual(inOrder);
    }
  });

  it('take who is added into the live stream, and out of it who leaves', async () => {
    const { alice, bob, room } = await apart();
    const phone = await connect(a(), await bob.person.anotherDevice());
    const carol = await connect(b(), await someone('carol'));
    await alice.person.post(`/rooms/${room.id}/members`, { userId: carol.id });
    expect(await carol.next('room_added', ({ roomId }) => roomId === room.id)).toMatchObject({ room: { id: room.id } });
    await say(alice, room.id, 'welcome');
    await carol.next('new_message', ({ text }) => text === 'welcome');
    expect((await bob.person.post(`/rooms/${room.id}/leave`)).status).toBe(200);
    for (const who of [bob, phone]) expect(await who.next('room_removed')).toEqual({ roomId: room.id, reason: 'left' });
    await say(alice, room.id, 'without Bob');
    await carol.next('new_message', ({ text }) => text === 'without Bob');
    await pause(100);
    for (const who of [bob, phone]) expect(who.all('new_message', room.id).map(({ text }) => text)).not.toContain('without Bob');
  });

  it.each(['', '?ban=true'])('cut the stream of who is removed on the other node within a second (%s)', async (query) => {
    const { alice, bob, room } = await apart('public');
    await alice.person.delete(`/rooms/${room.id}/members/${bob.id}${query}`);
    const began = Date.now();
    expect(await bob.next('room_removed')).toEqual({ roomId: room.id, reason: query === '' ? 'removed' : 'banned' });
    expect(Date.now() - began).toBeLessThan(2500);
    const heard = bob.heard.length;
    await say(alice, room.id, 'canary');
    await alice.next('new_message', ({ text }) => text === 'canary');
    await pause(200);
    expect(bob.heard.slice(heard).filter(({ payload }) => payload.roomId === room.id)).toEqual([]);
  });

  it('let nobody in who is removed there and connects or syncs here at that moment', async () => {
    const { alice, bob, room } = await apart();
    for (let round = 0; round < 12; round += 1) {
      const [another] = await Promise.all([
        connect(b(), bob.person),
        pause(Math.random() * 8).then(() => alice.person.delete(`/rooms/${room.id}/members/${bob.id}`)),
        bob.raw('sync', {}),
      ]);
      await pause(50);
      const heard = [another, bob].map((who) => who.heard.length);
      const { message } = await say(alice, room.id, 'canary');
      await alice.next('new_message', (one) => one.id === message.id);
      await pause(50);
      for (const [i, who] of [another, bob].entries()) {
        expect(who.heard.slice(heard[i]).filter(({ name, payload }) => payload.roomId === room.id && name !== 'room_removed')).toEqual([]);
      }
      another.leave();
      await alice.person.post(`/rooms/${room.id}/members`, { userId: bob.id });
      await bob.next('room_added', ({ roomId }) => roomId === room.id);
    }
  });

  it('move the read marker on all devices', async () => {
    const { alice, bob, room } = await apart();
    const phone = await connect(a(), await bob.person.anotherDevice());
    const { message } = await say(alice, room.id);
    await bob.ask('mark_read', { roomId: room.id, seq: message.seq });
    for (const who of [alice, bob, phone]) expect(await who.next('read')).toEqual({ roomId: room.id, userId: bob.id, readSeq: message.seq });
  });

  it('tell who is typing, and that it ended', async () => {
    const { alice, bob, room } = await apart();
    await alice.ask('typing', { roomId: room.id, typing: true });
    expect(await bob.next('typing')).toEqual({ roomId: room.id, userId: alice.id, typing: true });
    await alice.ask('typing', { roomId: room.id, typing: false });
    expect(await bob.next('typing')).toEqual({ roomId: room.id, userId: alice.id, typing: false });
    await pause(100);
    for (const who of [alice, bob]) expect(who.all('typing')).toHaveLength(2);
  });

  type End = (bob: Person, elsewhere: Person, admin: Person) => Promise<{ status: number }>;
  const ends: [string, string, End][] = [
    ['logout', 'logout', (bob) => bob.post('/auth/logout')],
    ['logout everywhere', 'logout_all', (_, elsewhere) => elsewhere.post('/auth/logout-all')],
    ['a change of password', 'password_changed', (_, elsewhere) => elsewhere.post('/auth/password', { current: password, next: 'another horse entirely' })],
    ['the account being disabled', 'account_disabled', (bob, _, admin) => admin.put(`/users/${bob.user.id}/disabled`, { disabled: true })],
  ];

  it.each(ends)('cut the sockets of the other node after %s, and refuse the session there at once', async (_, reason, end) => {
    const person = await someone('bob');
    const here = await connect(b(), person);
    const there = at(b(), person);
    expect((await there.get('/users/me')).status).toBe(200); // Now the other node remembers the session.
    const cut = here.disconnected();
    expect((await end(person, await person.anotherDevice(), admin)).status).toBeLessThan(300);
    const began = Date.now();
    expect(await cut).toMatch(/io server disconnect|already/);
    expect(Date.now() - began).toBeLessThan(2500);
    expect(here.heard.at(-1)).toEqual({ name: 'session_revoked', payload: { reason } });
    expect((await there.get('/users/me')).status).toBe(401);
    await expect(connect(b(), person)).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
  });

  it('know of a new role at once', async () => {
    const person = await someone('bob');
    const there = at(b(), person);
    expect((await there.put(`/users/${admin.user.id}/role`, { role: 'admin' })).status).toBe(403);
    await admin.put(`/users/${person.user.id}/role`, { role: 'admin' });
    await pause(200);
    expect((await there.put(`/users/${admin.user.id}/role`, { role: 'admin' })).status).toBe(200);
  });

  it('count what they tell each other', async () => {
    const figures = await (await fetch(`${a().url}/metrics`)).text();
    expect(figures).toMatch(/chat_link_connected 1\n/);
    expect(figures).toMatch(/chat_link_operations_total\{direction="published"\} [1-9]/);
    expect(figures).toMatch(/chat_link_operations_total\{direction="heard"\} [1-9]/);
    expect(await (await fetch(`${a().url}/health/ready`)).json()).toEqual({ status: 'ready', postgres: 'up', redis: 'up' });
  });
});

/** The same session at another node. */
function at(node: { url: string }, person: Person): Person {
  return Object.assign(Object.create(person), { server: node });
}

function nodeOf(cluster: Cluster, i: number): { url: string } {
  return { url: cluster.nodes[i]?.url ?? '' };
}
