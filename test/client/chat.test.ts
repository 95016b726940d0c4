import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RoomHandle, type VerbatimClient } from '../../client/src/index.js';
import { addCrowd } from '../setup/crowd.js';
import { startServer, type TestServer } from '../setup/server.js';
import { another, online, until } from './people.js';

describe('two people with the client', () => {
  let server: TestServer;

  beforeAll(async () => { server = await startServer(); });
  afterAll(async () => { await server.close(); });

  let count = 0;

  async function twoInARoom(): Promise<{ alice: VerbatimClient; bob: VerbatimClient; hers: RoomHandle; his: RoomHandle; slug: string; names: [string, string] }> {
    count += 1;
    const names: [string, string] = [`alice${count}`, `bob${count}`];
    const slug = `room-${count}`;
    const [alice, bob] = await Promise.all(names.map((name) => online(server, name)));
    const hers = await alice.join(slug, { create: true });
    const his = await bob.join(slug);
    return { alice, bob, hers, his, slug, names };
  }

  it('shows what is sent at once, then as a message, to both', async () => {
    const { alice, hers, his } = await twoInARoom();
    const told: string[] = [];
    alice.on('message', ({ message, kind }) => { told.push(`${kind} ${message.text}`); });
    const sent = hers.send('hello');
    expect([sent.status, hers.pending.map(({ text }) => text), hers.messages]).toEqual(['sending', ['hello'], []]);
    const message = await sent.done;
    expect([sent.status, hers.pending, hers.messages]).toEqual(['sent', [], [message]]);
    await until('bob hears it', () => his.messages.length === 1);
    expect([his.messages, his.unread, hers.unread, told]).toEqual([[message], 1, 0, ['new hello']]);
  });

  it('keeps the order of many sent at once', async () => {
    const { hers, his } = await twoInARoom();
    const texts = Array.from({ length: 40 }, (_, i) => `number ${i}`);
    const both = [...texts.map((text) => hers.send(text)), ...texts.map((text) => his.send(text))];
    await Promise.all(both.map(({ done }) => done));
    await until('both see all', () => hers.messages.length === 80 && his.messages.length === 80);
    expect(hers.messages).toEqual(his.messages);
    expect(hers.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
    expect(hers.messages.filter(({ senderId }) => senderId === hers.membership.userId).map(({ text }) => text)).toEqual(texts);
  });

  it('learns at once what somebody is called now', async () => {
    const { alice, bob, his, names } = await twoInARoom();
    const name = async (): Promise<string | undefined> => (await alice.people.find(his.membership.userId))?.name;
    const told: string[] = [];
    expect(await name()).not.toBe('Robert');
    alice.on('people', (user) => { told.push(user.name); });
    await bob.api.updateMe({ name: 'Robert' });
    await until('she is told', () => told.length > 0);
    expect([told, await name(), alice.people.get(his.membership.userId)?.username]).toEqual([['Robert'], 'Robert', names[1]]);
  });

  it('knows how many are in a large room, and all of them when they are wanted', async () => {
    const { alice, hers, his } = await twoInARoom();
    await addCrowd(server, hers.id, 230);
    const cleo = await online(server, `cleo${count}`);
    const stadium = await cleo.join(hers.id);
    expect([stadium.members.length, stadium.hasMoreMembers]).toEqual([200, true]);
    await until('who was here before misses those of whom nobody told', () => hers.memberCount === 233);
    stadium.look();
    await until('counted', () => stadium.memberCount === 233);
    expect((await stadium.findMembers('crowd 020')).map(({ user }) => user.username)).toEqual(['crowd-0200', 'crowd-0201', 'crowd-0202', 'crowd-0203', 'crowd-0204', 'crowd-0205', 'crowd-0206', 'crowd-0207', 'crowd-0208', 'crowd-0209']);
    for (let more = true; more;) more = await stadium.loadMembers();
    expect([stadium.members.length, stadium.memberCount, stadium.hasMoreMembers, stadium.members[0]?.userId]).toEqual([233, 233, false, alice.me?.id]);
    await his.leave();
    await until('he is gone', () => stadium.memberCount === 232);
    expect(cleo.people.get(stadium.members.at(-2)?.userId ?? '')?.username).toBe('crowd-0230');
    expect(['Crowd-0230', 'nobody'].map((name) => cleo.people.named(name)?.username)).toEqual(['crowd-0230', undefined]);
  });

  it('edits, deletes and reacts', async () => {
    const { bob, hers, his } = await twoInARoom();
    const [one, two] = await Promise.all([hers.send('one').done, hers.send('two').done]);
    await hers.edit(one.id, 'uno');
    await his.react(one.id, '👍');
    await hers.delete(two.id);
    await until('both agree', () => his.messages[1]?.deletedAt !== null && hers.messages[0]?.reactions.length === 1 && his.messages[0]?.reactions.length === 1);
    expect(his.messages).toEqual(hers.messages);
    expect([his.messages[0]?.text, his.messages[0]?.reactions, his.unread]).toEqual(['uno', [{ emoji: '👍', count: 1, userIds: [bob.me?.id] }], 1]);
    await his.unreact(one.id, '👍');
    await expect(his.edit(one.id, 'mine')).rejects.toMatchObject({ name: 'VerbatimError', code: 'forbidden', status: 403 });
    await expect(bob.api.getRoom({ id: 'no-such-room' })).rejects.toMatchObject({ code: 'not_found', status: 404 });
  });

  it('counts unread exactly, on all my devices', async () => {
    const { hers, his, slug, names } = await twoInARoom();
    const phone = await another(server, names[1]);
    const onPhone = await phone.join(slug);
    for (const text of ['a', 'b', 'c']) await hers.send(text).done;
    await until('both devices count three', () => his.unread === 3 && onPhone.unread === 3);
    his.markRead(2);
    expect(his.unread).toBe(1);
    await until('the phone knows', () => onPhone.unread === 1 && onPhone.readSeq === 2);
    his.send('answer');
    await until('an answer reads all', () => his.unread === 0 && onPhone.unread === 0);
  });

  it('tells who types, who looks, and who is who', async () => {
    const { alice, hers, his, names } = await twoInARoom();
    await until('nobody looks, though both came in', () => hers.viewers === 0 && his.viewers === 0);
    his.look();
    hers.look();
    await until('two viewers', () => hers.viewers === 2);
    hers.lookAway();
    await until('one viewer, who is not her', () => hers.viewers === 1 && his.viewers === 1);
    his.setTyping(true);
    await until('he types', () => hers.typing.length === 1);
    expect((await alice.people.find(hers.typing[0] ?? ''))?.username).toBe(names[1]);
    his.send('there');
    await until('he no longer types', () => hers.typing.length === 0);
  });

  it('opens a private chat, named after the other one', async () => {
    const { alice, bob } = await twoInARoom();
    const hers = await alice.direct(bob.me?.id ?? '');
    hers.send('psst');
    await until('it appears at his', () => bob.room(hers.id)?.messages.length === 1);
    await until('names are known', () => hers.title === bob.me?.name && bob.room(hers.id)?.title === alice.me?.name);
    expect(bob.rooms[0]?.id).toBe(hers.id);
  });

  it('leaves a room, and is told when it is removed', async () => {
    const { alice, bob, hers, his } = await twoInARoom();
    await alice.api.removeMember({ id: hers.id, userId: bob.me?.id ?? '' });
    await until('he is out', () => his.gone === 'removed' && bob.room(his.id) === undefined);
    await until('she sees it', () => hers.members.length === 1);
    const again = await bob.join(hers.id);
    expect(again).not.toBe(his);
    await again.leave();
    await until('he left', () => again.gone === 'left');
  });

  it('goes back in time', async () => {
    const { hers, slug, names } = await twoInARoom();
    await Promise.all(Array.from({ length: 130 }, (_, i) => hers.send(`number ${i + 1}`).done));
    const later = await another(server, names[1]);
    const room = await later.join(slug);
    expect([room.messages.length, room.messages[0]?.seq, room.hasMoreBefore]).toEqual([50, 81, true]);
    expect(await room.loadEarlier()).toBe(true);
    expect(await room.loadEarlier()).toBe(true);
    expect([room.messages.map(({ seq }) => seq), room.hasMoreBefore]).toEqual([Array.from({ length: 130 }, (_, i) => i + 1), false]);
    expect(await room.loadEarlier()).toBe(false);
  });
});
