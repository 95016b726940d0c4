// Who may ask what over a socket, for every request there is. A new one fails here until somebody has decided.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requests, type RequestName } from '../../src/contract/events.js';
import { furnish, gather, idsInCapitals, type Inhabitants } from '../setup/cast.js';
import { connect, disconnectAll, id, type Chatter } from '../setup/chatters.js';
import { anonymous, newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { goodClaims, goodHeader, handmade, now, readClaims } from '../setup/tokens.js';

type Part = Exclude<keyof Inhabitants, 'outsider'>;
type Table = Partial<Record<RequestName, string>>;
const parts = ['stranger', 'former', 'banned', 'member', 'author', 'moderator', 'owner', 'admin'] as const satisfies Part[];

/** In the order of `parts`. `author`: an ordinary member who wrote the message. */
const inPublic: Table = {
  sync: '           ok           ok           ok     ok        ok ok        ok        ok',
  join_room: '      ok           ok           banned ok        ok ok        ok        ok',
  leave_room: '     ok           ok           ok     ok        ok ok        ok        ok',
  look: '           not_a_member not_a_member banned ok        ok ok        ok        not_a_member',
  new_message: '    not_a_member not_a_member banned ok        ok ok        ok        not_a_member',
  fetch_messages: ' not_a_member not_a_member banned ok        ok ok        ok        ok',
  fetch_users: '    ok           ok           ok     ok        ok ok        ok        ok',
  edit_message: '   not_a_member not_a_member banned forbidden ok forbidden forbidden not_a_member',
  delete_message: ' not_a_member not_a_member banned forbidden ok ok        ok        ok',
  add_reaction: '   not_a_member not_a_member banned ok        ok ok        ok        not_a_member',
  remove_reaction: 'not_a_member not_a_member banned ok        ok ok        ok        not_a_member',
  mark_read: '      not_a_member not_a_member banned ok        ok ok        ok        not_a_member',
  typing: '         not_a_member not_a_member banned ok        ok ok        ok        not_a_member',
};

/** Whoever is not in it, an admin of the server included, learns nothing: not even that it exists. */
const inPrivate: Table = Object.fromEntries(Object.entries(inPublic).map(([name, row]) => [
  name, row.trim().split(/\s+/).map((cell, i) => (['member', 'author', 'moderator', 'owner'].includes(parts[i]) || name === 'sync' || name === 'fetch_users' ? cell : 'not_found')).join(' '),
]));

const bodies: Partial<Record<RequestName, (room: { id: string; messageId: string }) => object>> = {
  sync: (room) => ({ only: [room.id] }),
  join_room: (room) => ({ room: room.id }),
  look: (room) => ({ roomId: room.id, looking: true }),
  new_message: (room) => ({ roomId: room.id, clientId: id(), text: 'hello' }),
  fetch_users: () => ({ ids: [people.author.user.id, people.outsider.user.id] }),
  edit_message: ({ messageId }) => ({ messageId, text: 'changed' }),
  delete_message: ({ messageId }) => ({ messageId }),
  add_reaction: ({ messageId }) => ({ messageId, emoji: '👍' }),
  remove_reaction: ({ messageId }) => ({ messageId, emoji: '👍' }),
  mark_read: (room) => ({ roomId: room.id, seq: 1 }),
  typing: (room) => ({ roomId: room.id, typing: true }),
};

let server: TestServer;
let people: Inhabitants;
const sockets = new Map<Part, Chatter>();

beforeAll(async () => {
  server = await startServer();
  const admin = await newPerson(server, 'admin');
  let n = 0;
  people = await gather((): Promise<Person> => newPerson(server, `person${(n += 1)}`), admin);
  for (const part of parts) sockets.set(part, await connect(server, people[part]));
});
afterAll(async () => {
  disconnectAll();
  await server.close();
});

it('has a row for every request that concerns a room', () => {
  expect(Object.keys(inPublic).sort()).toEqual(Object.keys(requests).filter((name) => !['refresh_token', 'watch_presence'].includes(name)).sort());
});

const tables = [['public', inPublic], ['private', inPrivate]] as const;
const writings = [['as they are', <T>(body: T): T => body], ['in capital letters', idsInCapitals]] as const;

describe.each(tables.flatMap(([kind, table]) => writings.map(([how, written]) => [kind, how, table, written] as const)))('in a %s room, with ids %s', (kind, _, table, written) => {
  const cells = (Object.entries(table) as [RequestName, string][]).flatMap(([name, row]) => row.trim().split(/\s+/).map((outcome, i) => ({ name, part: parts[i], outcome })));
  it.each(cells)('$name: $outcome for $part', async ({ name, part, outcome }) => {
    const room = await furnish(kind, people);
    const ack = await (sockets.get(part) as Chatter).raw<{ rooms?: { room: { id: string } }[] }>(name, written(bodies[name]?.(room) ?? { roomId: room.id }));
    expect(ack.ok ? 'ok' : ack.error.code).toBe(outcome);
    const inIt = ['member', 'author', 'moderator', 'owner'].includes(part);
    if (name === 'sync' && ack.ok) expect(ack.data.rooms?.some((one) => one.room.id === room.id)).toBe(inIt);
  });
});

it('lets nobody in without a token, or with one that has expired', async () => {
  const late = anonymous(server);
  late.accessToken = handmade(goodHeader, { ...goodClaims(readClaims(people.member.accessToken)), iat: now() - 900, exp: now() - 60 });
  for (const who of [anonymous(server), late]) await expect(connect(server, who)).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
});
