import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Server } from 'socket.io';
import type { Message } from '../../src/contract/message.dto.js';
import type { Member, MemberPage, Room } from '../../src/contract/room.dto.js';
import { Broadcaster } from '../../src/realtime/broadcaster.js';
import { channels } from '../../src/realtime/channels.js';
import { connect, disconnectAll, id, newChatter, type Chatter } from '../setup/chatters.js';
import { wholeHistory } from '../setup/replica.js';
import { startServer, type TestServer } from '../setup/server.js';
import { atEveryPlace, Pauses } from '../setup/pauses.js';

let server: TestServer;
let pauses: Pauses;
let alice: Chatter;
let bob: Chatter;
let carol: Chatter;

beforeAll(async () => {
  server = await startServer();
  [alice, bob, carol] = [await newChatter(server, 'alice'), await newChatter(server, 'bob'), await newChatter(server, 'carol')];
  pauses = new Pauses(server);
});
afterAll(async () => {
  pauses.end();
  disconnectAll();
  await server.close();
});

const send = async (who: Chatter, roomId: string, text: string): Promise<Message> => (await who.ask('new_message', { roomId, clientId: id(), text })).message;

async function roomOf(kind: 'public' | 'private', ...others: Chatter[]): Promise<Room> {
  const { body: room } = await alice.person.post<Room>('/rooms', { name: 'Seam', kind, memberIds: others.map((other) => other.id) });
  for (const text of ['one', 'two', 'three']) await send(alice, room.id, text);
  return room;
}

interface Start { room: Room; have: number; messages: Message[]; members: Member[]; from: number }

/** What a screen shows that began with an answer and went on with the pushes, by the client rule. Complains where a number is skipped. */
function shown(who: Chatter, { room, have, messages, members, from }: Start) {
  const [seen, seats] = [new Map(messages.map((message) => [message.seq, message])), new Map(members.map((member) => [member.userId, member]))];
  const wrong: string[] = [];
  let rev = have;
  for (const { name, payload } of who.heard.slice(from)) {
    if (payload.roomId !== room.id || name === 'head' || !('rev' in payload) || Number(payload.rev) <= rev) continue;
    if (payload.rev !== rev + 1) wrong.push(`push ${Number(payload.rev)} follows ${rev}`);
    rev = payload.rev as number;
    if (name === 'new_message' && seen.has(payload.seq as number)) wrong.push(`message ${Number(payload.seq)} came twice`);
    if ('text' in payload) seen.set(payload.seq as number, payload as unknown as Message);
    if ('member' in payload) seats.set((payload.member as Member).userId, payload.member as Member);
  }
  return { messages: [...seen.values()].sort((a, b) => a.seq - b.seq), members: [...seats.values()].filter(({ leftAt }) => leftAt === null).map(({ userId }) => userId).sort(), wrong };
}

/** Waits for the last push, then compares. */
async function expectWhole(who: Chatter, start: Start): Promise<void> {
  const last = await send(alice, start.room.id, 'the last one');
  await who.next('new_message', ({ id: of }) => of === last.id);
  const { members } = (await alice.person.get<MemberPage>(`/rooms/${start.room.id}/members`)).body;
  const real = { messages: await wholeHistory(alice.person, start.room.id), members: members.map(({ userId }) => userId).sort(), wrong: [] };
  expect(shown(who, start)).toEqual(real);
}

describe('no seam between history and live', () => {
  /** One of everything that can happen: a message, an edit, somebody who comes, somebody who goes. */
  const busy = (room: Room) => async () => {
    const message = await send(bob, room.id, 'meanwhile');
    await bob.ask('edit_message', { messageId: message.id, text: 'meanwhile, better' });
    await bob.next('message_updated', ({ id: of }) => of === message.id);
    await bob.person.post(`/rooms/${room.id}/leave`);
    await bob.person.post(`/rooms/${room.id}/join`);
  };

  it.each([['comes in', 10], ['looks in again', 1]])('shows each message once to whoever %s', async (how, atLeast) => {
    const places = await atEveryPlace(pauses, async (_, during) => {
      const room = await roomOf('public', ...(how === 'comes in' ? [bob] : [bob, carol]));
      const from = carol.heard.length;
      let start: Start | undefined;
      await during(busy(room), async () => {
        const { position, messages, members } = await carol.ask('join_room', { room: room.id });
        start = { room, have: position.rev, messages, members, from };
      });
      await expectWhole(carol, start as Start);
    });
    expect(places).toBeGreaterThan(atLeast);
  });

  it.each(['knows the room', 'knows nothing'])('shows each message once to whoever connects and syncs, and %s', async (what) => {
    const places = await atEveryPlace(pauses, async (_, during) => {
      const room = await roomOf('public', bob, carol);
      const old = (await carol.ask('sync', {})).rooms.find(({ room: { id: of } }) => of === room.id);
      await send(alice, room.id, 'missed');
      let dora = carol;
      let start: Start | undefined;
      await during(busy(room), async () => {
        dora = await connect(server, carol.person);
        const known = old && what === 'knows the room' ? { rooms: { [room.id]: { epoch: old.position.epoch, rev: old.to } } } : {};
        const news = (await dora.ask('sync', known)).rooms.find(({ room: { id: of } }) => of === room.id);
        if (!old || !news) throw new Error('The room is missing');
        const [before, seats] = known.rooms ? [old.messages, old.members] : [[], []];
        const changed = news.messages.map(({ seq }) => seq);
        const moved = news.members.map(({ userId }) => userId);
        start = { room, have: news.to, from: 0,
          messages: [...before.filter(({ seq }) => !changed.includes(seq)), ...news.messages], members: [...seats.filter(({ userId }) => !moved.includes(userId)), ...news.members] };
      });
      await expectWhole(dora, start as Start);
      dora.leave();
    });
    expect(places).toBeGreaterThan(5);
  });
});

describe('no race between coming and going', () => {
  /** Whoever is a member hears the room, and nobody else does: neither its messages nor what is said to those who look at it. */
  async function expectHearsOnlyAsMember(who: Chatter, room: Room): Promise<void> {
    const [seat] = await server.db.query('SELECT 1 FROM memberships WHERE room_id = $1 AND user_id = $2 AND left_at IS NULL', [room.id, who.id]);
    const canary = await send(alice, room.id, 'canary');
    const after = await alice.next('new_message', ({ id: of }) => of === canary.id);
    await who.refused('leave_room', { roomId: id() }); // whatever was pushed before is here once this is answered
    const heard = who.all('new_message', room.id).some(({ id: of }) => of === after.id);
    const { adapter } = server.app.get<Broadcaster, { here: { io: Server } }>(Broadcaster).here.io.of('/');
    const inChannel = (name: string) => adapter.rooms.get(name)?.has(who.socket.id ?? '') ?? false;
    const member = seat !== undefined;
    expect({ heard, room: inChannel(channels.room(room.id)), viewing: inChannel(channels.viewing(room.id)) && !member }).toEqual({ heard: member, room: member, viewing: false });
  }

  const kick = (room: Room) => () => alice.person.delete(`/rooms/${room.id}/members/${carol.id}`);

  it.each(['public', 'private'] as const)('join_room of a %s room, and a kick', async (kind) => {
    await atEveryPlace(pauses, async (_, during) => {
      const room = await roomOf(kind, carol);
      await during(kick(room), () => carol.raw('join_room', { room: room.id }));
      await expectHearsOnlyAsMember(carol, room);
    });
  });

  it('join_room by a stranger, and a kick', async () => {
    await atEveryPlace(pauses, async (_, during) => {
      const room = await roomOf('public');
      await during(kick(room), () => carol.raw('join_room', { room: room.id }));
      await expectHearsOnlyAsMember(carol, room);
    });
  });

  it('no longer counts somebody who was kicked among those who look', async () => {
    const room = await roomOf('public', carol);
    for (const who of [alice, carol]) await who.ask('join_room', { room: room.id });
    await alice.next('room_stats', ({ roomId, viewers }) => roomId === room.id && viewers === 2);
    await kick(room)();
    await alice.next('room_stats', ({ roomId, viewers }) => roomId === room.id && viewers === 1);
  });

  it.each(['edit_message', 'delete_message', 'add_reaction'] as const)('%s, and a kick: nothing changes after it', async (name) => {
    await atEveryPlace(pauses, async (_, during) => {
      const room = await roomOf('private', carol);
      const { id: messageId } = await send(carol, room.id, 'mine');
      await during(kick(room), () => carol.raw(name, { messageId, ...(name === 'edit_message' ? { text: 'changed' } : name === 'add_reaction' ? { emoji: '👍' } : {}) }));
      const [afterTheKick] = await server.db.query<{ changed: boolean }>(
        `SELECT m.rev > x.rev AS changed FROM messages m JOIN memberships x ON x.room_id = m.room_id AND x.user_id = m.sender_id
         WHERE m.id = $1 AND x.left_at IS NOT NULL`, [messageId]);
      if (afterTheKick !== undefined) expect(afterTheKick.changed).toBe(false); // There is none in the last round, which found no place left.
    });
  });

  it('sync, and a kick', async () => {
    await atEveryPlace(pauses, async (_, during) => {
      const room = await roomOf('private', carol);
      await during(kick(room), () => carol.ask('sync', {}));
      await expectHearsOnlyAsMember(carol, room);
    });
  });

  it('connecting, and a kick', async () => {
    await atEveryPlace(pauses, async (_, during) => {
      const room = await roomOf('private', carol);
      let dora = carol;
      await during(kick(room), async () => { dora = await connect(server, carol.person); });
      await expectHearsOnlyAsMember(dora, room);
      dora.leave();
    });
  });

  it.each([
    ['a kick, and joining anew', kick, (room: Room) => () => carol.person.post(`/rooms/${room.id}/join`)],
    ['joining, and a kick', (room: Room) => () => carol.person.post(`/rooms/${room.id}/join`), kick],
  ])('%s', async (_, first, second) => {
    await atEveryPlace(pauses, async (__, during) => {
      const room = await roomOf('public', ...(first === kick ? [carol] : []));
      await during(second(room), first(room));
      await expectHearsOnlyAsMember(carol, room);
    });
  });

  it('making a room, and a kick', async () => {
    await atEveryPlace(pauses, async (place, during) => {
      const name = `Quick ${place} ${id()}`;
      const find = async (): Promise<{ id: string } | undefined> => (await server.db.query<{ id: string }>('SELECT id FROM rooms WHERE name = $1', [name]))[0];
      let room: Room | undefined;
      await during(
        async () => { const made = await find(); if (made) await kick(made as Room)(); },
        async () => { room = (await alice.person.post<Room>('/rooms', { name, kind: 'private', memberIds: [carol.id] })).body; },
      );
      await expectHearsOnlyAsMember(carol, room as Room);
    });
  });
});
