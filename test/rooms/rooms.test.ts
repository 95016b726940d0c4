import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Member, MyRoom, MyRooms, PublicRoomPage, Room } from '../../src/contract/room.dto.js';
import { disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let admin: Chatter;
let owner: Chatter;
let alice: Chatter;
let bob: Chatter;
let room: Room;

beforeAll(async () => {
  server = await startServer();
  admin = await newChatter(server, 'admin');
  [owner, alice, bob] = [await newChatter(server, 'owner'), await newChatter(server, 'alice'), await newChatter(server, 'bob')];
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

const make = async (kind: 'public' | 'private', more: object = {}) => (await owner.person.post<Room>('/rooms', { name: 'Somewhere', kind, ...more })).body;

describe('making rooms', () => {
  it('makes me the owner, brings my friends in, and tells them', async () => {
    const made = await owner.person.post<Room>('/rooms', { name: 'Plans', kind: 'private', slug: 'plans', topic: 'Secret ones', memberIds: [alice.id] });
    expect([made.status, made.body]).toEqual([201, expect.objectContaining({ name: 'Plans', slug: 'plans', kind: 'private', position: expect.objectContaining({ seq: 0, rev: 2 }) })]);
    expect(await alice.next('room_added', ({ roomId }) => roomId === made.body.id)).toMatchObject({ membership: { role: 'member' } });
    await owner.ask('new_message', { roomId: made.body.id, clientId: id(), text: 'heard without joining' });
    expect(await alice.next('new_message', ({ roomId }) => roomId === made.body.id)).toMatchObject({ text: 'heard without joining' });
    const members = await owner.person.get(`/rooms/plans/members`);
    expect(members.body.members.map(({ userId, role }: Member) => [userId, role])).toEqual(expect.arrayContaining([[owner.id, 'owner'], [alice.id, 'member']]));
  });

  it.each([
    ['a taken address', { slug: 'lobby' }, 409, 'slug_taken'],
    ['an address in the form of an id', { slug: '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e' }, 422, 'invalid_input'],
    ['unknown people', { memberIds: ['019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e'] }, 404, 'not_found'],
    ['an unknown kind', { kind: 'direct' }, 422, 'invalid_input'],
  ])('refuses %s', async (_, change, status, code) => {
    const answer = await owner.person.post('/rooms', { name: 'X', kind: 'public', ...change });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('joins room "4" that does not exist yet in one call, and both of two at once', async () => {
    const [one, other] = await Promise.all([alice.ask('join_room', { room: '4', create: true }), bob.ask('join_room', { room: '4', create: true })]);
    expect(one.room.id).toBe(other.room.id);
    expect((await owner.refused('join_room', { room: '5' })).code).toBe('not_found');
  });

  it('puts everybody into the lobby, which nobody leaves and nobody archives', async () => {
    const { rooms } = (await bob.person.get<MyRooms>('/rooms')).body;
    expect(rooms.map((mine: MyRoom) => mine.room.slug)).toContain('lobby');
    expect((await bob.person.post('/rooms/lobby/leave')).body.code).toBe('not_for_this_room');
    expect((await bob.person.delete('/rooms/lobby')).body.code).toBe('forbidden');
  });

  it('makes one private chat of two however many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? alice : bob).person.put<MyRoom>(`/dms/${i % 2 === 0 ? bob.id : alice.id}`)));
    expect(new Set(answers.map(({ body }) => body.room.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers[0]?.body.room).toMatchObject({ kind: 'direct', userIds: [alice.id, bob.id].sort() });
    expect((await alice.person.put(`/dms/${alice.id}`)).status).toBe(422);
  });

  it('finds public rooms by words and pages them', async () => {
    await make('public', { name: 'Gardening', topic: 'Café talk about roses' });
    await make('private', { name: 'Gardening in private' });
    const found = (await bob.person.get<PublicRoomPage>('/rooms/public?query=CAFE')).body.rooms;
    expect(found.map((one) => [one.room.name, one.joined, one.memberCount])).toEqual([['Gardening', false, 1]]);
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: PublicRoomPage = (await bob.person.get<PublicRoomPage>(`/rooms/public?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)).body;
      names.push(...page.rooms.map((one) => one.room.name));
      cursor = page.nextCursor;
    }
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toEqual(expect.arrayContaining(['4', 'Gardening', 'Lobby']));
  });
});

describe('members', () => {
  beforeEach(async () => {
    room = await make('public');
    await alice.ask('join_room', { room: room.id });
    await bob.ask('join_room', { room: room.id });
  });

  it('joins and leaves once however often one says so, with one push each', async () => {
    await bob.person.post(`/rooms/${room.id}/join`);
    expect((await bob.person.post(`/rooms/${room.id}/leave`)).status).toBe(200);
    expect((await bob.person.post(`/rooms/${room.id}/leave`)).status).toBe(200);
    expect(await alice.next('member_left', ({ roomId }) => roomId === room.id)).toMatchObject({ member: { userId: bob.id, leftAt: expect.any(String) } });
    expect(await bob.next('room_removed', ({ roomId }) => roomId === room.id)).toEqual({ roomId: room.id, reason: 'left' });
    await bob.ask('join_room', { room: room.id });
    await alice.next('member_joined', ({ roomId, member }) => roomId === room.id && member.userId === bob.id);
    expect(alice.all('member_left', room.id)).toHaveLength(1);
  });

  it('promotes, and lets moderators remove members but not owners nor each other', async () => {
    const role = (who: Chatter, as: string) => owner.person.patch(`/rooms/${room.id}/members/${who.id}`, { role: as });
    expect((await alice.person.patch(`/rooms/${room.id}/members/${bob.id}`, { role: 'moderator' })).body.code).toBe('forbidden');
    expect((await role(alice, 'moderator')).body).toMatchObject({ userId: alice.id, role: 'moderator' });
    expect(await bob.next('member_updated', ({ roomId }) => roomId === room.id)).toMatchObject({ member: { userId: alice.id, role: 'moderator' } });
    expect((await alice.person.delete(`/rooms/${room.id}/members/${owner.id}`)).body.code).toBe('forbidden');
    await role(bob, 'moderator');
    expect((await alice.person.delete(`/rooms/${room.id}/members/${bob.id}`)).body.code).toBe('forbidden');
    await role(bob, 'member');
    expect((await alice.person.delete(`/rooms/${room.id}/members/${bob.id}`)).status).toBe(204);
    expect((await bob.refused('new_message', { roomId: room.id, clientId: id(), text: 'still here?' })).code).toBe('not_a_member');
  });

  it('bans: no way back until somebody who may ban brings the person in', async () => {
    expect((await owner.person.delete(`/rooms/${room.id}/members/${bob.id}?ban=true`)).status).toBe(204);
    expect((await bob.refused('join_room', { room: room.id })).code).toBe('banned');
    expect((await bob.refused('new_message', { roomId: room.id, clientId: id(), text: 'let me in' })).code).toBe('banned');
    expect((await alice.person.post(`/rooms/${room.id}/members`, { userId: bob.id })).body.code).toBe('forbidden');
    expect((await owner.person.post(`/rooms/${room.id}/members`, { userId: bob.id })).body).toMatchObject({ bannedAt: null, leftAt: null });
    await bob.ask('new_message', { roomId: room.id, clientId: id(), text: 'thank you' });
  });

  it('keeps a last owner, also when two step down at once', async () => {
    const down = (who: Chatter) => who.person.patch(`/rooms/${room.id}/members/${who.id}`, { role: 'member' });
    expect((await down(owner)).body.code).toBe('last_owner');
    expect((await owner.person.post(`/rooms/${room.id}/leave`)).body.code).toBe('last_owner');
    await owner.person.patch(`/rooms/${room.id}/members/${alice.id}`, { role: 'owner' });
    const both = await Promise.all([down(owner), down(alice)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('lets even the last owner leave what is archived', async () => {
    const alone = (await owner.person.post<Room>('/rooms', { kind: 'private', name: 'Nobody came' })).body;
    const leave = () => owner.person.post(`/rooms/${alone.id}/leave`);
    expect((await leave()).body.code).toBe('last_owner');
    await owner.person.delete(`/rooms/${alone.id}`);
    expect((await leave()).status).toBe(200);
    expect((await owner.next('room_removed', ({ roomId }) => roomId === alone.id)).reason).toBe('left');
    expect((await owner.person.get(`/rooms/${alone.id}`)).status).toBe(404);
  });

  it('renames for everyone and archives: readable, not writable', async () => {
    expect((await alice.person.patch(`/rooms/${room.id}`, { name: 'Mine' })).body.code).toBe('forbidden');
    expect((await owner.person.patch<Room>(`/rooms/${room.id}`, { name: 'Ours', topic: 'All of it' })).body).toMatchObject({ name: 'Ours', topic: 'All of it' });
    expect(await bob.next('room_updated', ({ roomId }) => roomId === room.id)).toMatchObject({ room: { name: 'Ours' } });
    await bob.ask('new_message', { roomId: room.id, clientId: id(), text: 'last words' });
    expect((await owner.person.delete(`/rooms/${room.id}`)).status).toBe(204);
    expect((await bob.refused('new_message', { roomId: room.id, clientId: id(), text: 'more' })).code).toBe('room_archived');
    expect((await bob.ask('fetch_messages', { roomId: room.id })).messages.map(({ text }) => text)).toEqual(['last words']);
  });
});

describe('an archived room', () => {
  beforeEach(async () => {
    room = await make('public');
    await alice.ask('join_room', { room: room.id });
    await bob.ask('join_room', { room: room.id });
    await owner.ask('new_message', { roomId: room.id, clientId: id(), text: 'before' });
    await owner.person.delete(`/rooms/${room.id}`);
    await bob.next('room_updated', (push) => push.roomId === room.id && push.room.archivedAt !== null);
  });

  const open = (who: Chatter) => who.person.post<Room>(`/rooms/${room.id}/unarchive`);

  it('is opened again by its owner, for everyone: who hears of it can write, join and count again', async () => {
    expect((await open(alice)).body).toMatchObject({ code: 'forbidden' });
    expect((await open(owner)).body).toMatchObject({ id: room.id, archivedAt: null });
    const { rev } = await bob.next('room_updated', (push) => push.roomId === room.id && push.room.archivedAt === null);
    await alice.ask('new_message', { roomId: room.id, clientId: id(), text: 'after' });
    const message = await bob.next('new_message', ({ roomId, text }) => roomId === room.id && text === 'after');
    expect(message.rev).toBe(rev + 1);
    await admin.ask('join_room', { room: room.id });
    expect((await bob.person.get('/users/me/unread')).body.rooms.find((one: { roomId: string }) => one.roomId === room.id)).toMatchObject({ unread: 2 });
    expect((await bob.person.get(`/rooms/public?query=${room.name}`)).body.rooms.map((one: { room: Room }) => one.room.id)).toContain(room.id);
  });

  it('stays as it is when it is opened twice', async () => {
    const { body: once } = await open(owner);
    expect((await open(owner)).body).toEqual(once);
  });
});

describe('slugs of private rooms', () => {
  it('are no secret that others can ask for', async () => {
    const secret = await make('private', { slug: 'hideout' });
    expect((await bob.person.get('/rooms/hideout')).body.code).toBe('not_found');
    expect((await bob.refused('join_room', { room: 'hideout' })).code).toBe('not_found');
    const mine = await bob.person.post<Room>('/rooms', { kind: 'private', name: 'Mine', slug: 'hideout' });
    expect([mine.status, mine.body.slug]).toEqual([201, 'hideout']);
    const open = await bob.ask('join_room', { room: 'Hide-out', create: true });
    expect((await bob.person.patch(`/rooms/${open.room.id}`, { slug: 'hideout' })).body.code).toBe('slug_taken'); // By the room that bob is in.
    const theirs = await alice.person.post<Room>('/rooms', { kind: 'public', name: 'Everyone', slug: 'hideout' });
    expect(theirs.status).toBe(201);
    for (const [who, id] of [[owner, secret.id], [bob, mine.body.id], [alice, theirs.body.id], [admin, theirs.body.id]] as const) {
      expect((await who.person.get<Room>('/rooms/hideout')).body.id).toBe(id);
      expect((await who.ask('join_room', { room: 'hideout' })).room.id).toBe(id);
    }
    expect((await owner.person.post('/rooms', { kind: 'private', name: 'Again', slug: 'hideout' })).body.code).toBe('slug_taken');
  });

  it('are made into public rooms by those who do not know of them', async () => {
    await make('private', { slug: 'burrow' });
    expect((await bob.ask('join_room', { room: 'burrow', create: true })).room).toMatchObject({ kind: 'public', slug: 'burrow' });
  });
});

describe('a room that join_room makes', () => {
  it.each(['Tea\nroom', 'Tea\u202eroom', 'Tea\u2028room', 'Tea\u200broom', '\u2066Tea'])('is refused the name %j, as POST /rooms does', async (name) => {
    expect(await bob.refused('join_room', { room: name, create: true })).toMatchObject({ code: 'invalid_input', errors: [{ field: 'room' }] });
    expect((await bob.person.post('/rooms', { kind: 'public', name })).status).toBe(422);
  });

  it('has its name in the same form', async () => {
    expect((await bob.ask('join_room', { room: '  Cafe\u0301 ', create: true })).room.name).toBe('Caf\u00e9');
  });
});

describe('private rooms', () => {
  it('look exactly like rooms that do not exist', async () => {
    const secret = await make('private', { slug: 'secret' });
    const unknown = '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e';
    const bytes = async (method: string, path: string, body?: unknown) => {
      const { status, body: answer, headers } = await bob.person.send(method, path, body);
      return { status, answer: { ...answer, requestId: '' }, type: headers.get('content-type') };
    };
    const asks: [string, string, object?][] = [
      ['GET', ''], ['PATCH', '', { name: 'x' }], ['DELETE', ''], ['POST', '/join'], ['POST', '/leave'], ['GET', '/members'], ['POST', '/members', { userId: alice.id }],
      ['PATCH', `/members/${alice.id}`, { role: 'member' }], ['DELETE', `/members/${alice.id}`], ['PUT', '/read', { seq: 1 }], ['GET', '/messages'], ['POST', '/messages', { text: 'hi' }],
    ];
    for (const [method, path, body] of asks) {
      const hidden = await bytes(method, `/rooms/${secret.id}${path}`, body);
      expect({ path, ...hidden }).toEqual({ path, ...(await bytes(method, `/rooms/${unknown}${path}`, body)) });
      expect(hidden.status).toBe(404);
    }
    for (const [name, body] of [['join_room', { room: 'ROOM' }], ['new_message', { roomId: 'ROOM', clientId: id(), text: 'x' }], ['fetch_messages', { roomId: 'ROOM' }], ['mark_read', { roomId: 'ROOM', seq: 1 }], ['typing', { roomId: 'ROOM', typing: true }], ['leave_room', { roomId: 'ROOM' }]] as const) {
      const ask = async (roomId: string) => ({ ...(await bob.refused(name, JSON.parse(JSON.stringify(body).replace('ROOM', roomId)))), requestId: '' });
      expect(await ask(secret.id)).toEqual(await ask(unknown));
    }
  });
});

describe('unread counts', () => {
  it('agree with a recount, never go back, and tell my other devices', async () => {
    room = await make('public');
    await alice.ask('join_room', { room: room.id });
    for (const text of ['one', 'two', 'three', 'four']) await owner.ask('new_message', { roomId: room.id, clientId: id(), text });
    const { messages } = await alice.ask('fetch_messages', { roomId: room.id });
    await owner.ask('delete_message', { messageId: messages[2]?.id ?? '' });
    expect(await alice.ask('mark_read', { roomId: room.id, seq: 2 })).toEqual({ readSeq: 2, unread: 1 });
    expect(await alice.next('read', ({ roomId }) => roomId === room.id)).toEqual({ roomId: room.id, userId: alice.id, readSeq: 2 });
    expect(await alice.ask('mark_read', { roomId: room.id, seq: 1 })).toEqual({ readSeq: 2, unread: 1 });
    expect(await alice.ask('mark_read', { roomId: room.id, seq: 999 })).toEqual({ readSeq: 4, unread: 0 });
    const [counted, recounted] = await Promise.all([alice.person.get('/users/me/unread'), alice.person.get('/users/me/unread?verify=true')]);
    expect(counted.body).toEqual(recounted.body);
    expect((await owner.person.get('/users/me/unread')).body.rooms.find((one: { roomId: string }) => one.roomId === room.id)).toMatchObject({ readSeq: 4, unread: 0 });
  });
});
