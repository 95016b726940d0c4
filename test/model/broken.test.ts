import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ChangesRepository } from '../../src/messages/changes.repository.js';
import { MessagesRepository } from '../../src/messages/messages.repository.js';
import { SyncRepository } from '../../src/messages/sync.repository.js';
import { Broadcaster } from '../../src/realtime/broadcaster.js';
import { channels } from '../../src/realtime/channels.js';
import { RoomsRepository } from '../../src/rooms/rooms.repository.js';
import type { TestServer } from '../setup/server.js';
import { tryModel } from './model.js';

type Sabotage = (server: TestServer) => void;

/** Puts something else in the place of a method of the running server. */
function replace<Owner extends object, Name extends keyof Owner>(owner: Owner, name: Name, make: (real: Owner[Name]) => Owner[Name]): void {
  const real = owner[name];
  owner[name] = make((typeof real === 'function' ? real.bind(owner) : real) as Owner[Name]);
}

const skipsAPush: Sabotage = ({ app }) => {
  let pushes = 0;
  replace(app.get(Broadcaster), 'toRoom', (toRoom) => (name, payload) => { if ((pushes += 1) % 25 !== 0) toRoom(name, payload); });
};

const tellsAStranger: Sabotage = ({ app }) => {
  const broadcast = app.get(Broadcaster);
  replace(broadcast, 'toRoom', (toRoom) => (name, payload) => {
    toRoom(name, payload);
    if ('text' in payload && payload.seq % 10 === 0) app.get<Broadcaster, { here: { io: { emit(event: string, body: unknown): void } } }>(Broadcaster).here.io.emit(name, payload);
  });
};

const neverExpels: Sabotage = ({ app }) => {
  replace(app.get(Broadcaster), 'expel', () => () => true);
};

const forgetsTheRevOfAnEdit: Sabotage = ({ app }) => {
  replace(app.get(ChangesRepository), 'edit', (edit) => async (target, text, expectedRev) => {
    const change = await edit(target, text, expectedRev);
    if (change !== null && change.after !== null) await app.get(DataSource).query('UPDATE messages SET rev = $2 WHERE id = $1', [change.after.id, change.before.rev]);
    return change;
  });
};

const countsOneTooMany: Sabotage = ({ app }) => {
  replace(app.get(RoomsRepository), 'unread', (unread) => async (userId, recount, page) => {
    const { total, rooms } = await unread(userId, recount, page);
    return { total, rooms: rooms.map((room) => (recount || room.unread === 0 ? room : { ...room, unread: room.unread + 1 })) };
  });
};

const syncsNoMembers: Sabotage = ({ app }) => {
  replace(app.get(SyncRepository), 'changedAfter', (changedAfter) => async (userId, have, page) => {
    const { rooms, more } = await changedAfter(userId, have, page);
    return { rooms: rooms.map((changes) => (changes.reset === undefined ? { ...changes, members: [] } : changes)), more };
  });
};

/** Pages are small here, so that most absences take more than one. */
const syncsOneTooFar: Sabotage = ({ app }) => {
  replace(app.get(SyncRepository), 'changedAfter', (changedAfter) => async (userId, have, page) => {
    const { rooms, more } = await changedAfter(userId, have, { ...page, limit: Math.min(page.limit, 4) });
    return { rooms: rooms.map((changes) => (changes.hasMore ? { ...changes, to: changes.to + 1 } : changes)), more };
  });
};

const storesTwice: Sabotage = ({ app }) => {
  replace(app.get(MessagesRepository), 'append', (append) => async (message) => await append({ ...message, clientId: crypto.randomUUID() }));
};

const acksWithoutStoring: Sabotage = ({ app }) => {
  let sends = 0;
  replace(app.get(MessagesRepository), 'append', (append) => async (message) => {
    const appended = await append(message);
    if ((sends += 1) % 15 === 0) await app.get(DataSource).query('DELETE FROM messages WHERE id = $1', [appended.message.id]);
    return appended;
  });
};

const tellsTooEarly: Sabotage = ({ app }) => {
  const broadcast = app.get<Broadcaster, { here: { io: { in(name: string): { socketsJoin(room: string): void } } } }>(Broadcaster).here;
  replace(app.get(Broadcaster), 'toMoved', (toMoved) => (userId, rev, name, payload) => {
    if (name === 'room_removed') broadcast.io.in(channels.user(userId)).socketsJoin(channels.room((payload as { roomId: string }).roomId));
    toMoved(userId, rev, name, payload);
  });
};

/** A checker that finds nothing is worth nothing: each of these servers is broken on purpose, and each is found out. */
describe('a server that', () => {
  it.each<[string, Sabotage, RegExp]>([
    ['skips a push', skipsAPush, /missed a push|heard|is /],
    ['pushes to whoever is not in the room', tellsAStranger, /without being in it/],
    ['goes on telling those who were removed', neverExpels, /without being in it/],
    ['lets those who were removed in again', tellsTooEarly, /without being in it/],
    ['forgets to put the revision on an edit', forgetsTheRevOfAnEdit, /messages is/],
    ['counts one unread message too many', countsOneTooMany, /unread is/],
    ['leaves members out of a sync', syncsNoMembers, /members is/],
    ['says that a page of a sync goes further than it does', syncsOneTooFar, / is /],
    ['stores a repeated message again', storesTwice, /never sent|acked as/],
    ['acks what it does not keep', acksWithoutStoring, /acked but not stored/],
  ])('%s is found out', async (_, sabotage, complaint) => {
    const found: string[] = [];
    for (let seed = 101; seed < 121 && found.length === 0; seed += 1) found.push(...(await tryModel({ seed, steps: 400, lossy: false, sabotage })));
    expect(found.join('\n')).toMatch(complaint);
  }, 240_000);
});
