import type { Operation } from './document.js';
import { newPerson, password, type Person } from './people.js';
import type { TestServer } from './server.js';
import { goodClaims, goodHeader, handmade, now, randomId, readClaims } from './tokens.js';

/** `people`: operations that concern a person; the others: those that happen in a room of that kind. */
export type Scene = 'people' | 'public' | 'private';
export type Role = 'anonymous' | 'expired' | 'stranger' | 'self' | 'admin' | 'former' | 'banned' | 'member' | 'author' | 'moderator' | 'owner';

/** What a caller shows, and what they ask for. What is absent is taken from the document's example. */
export interface Call {
  token?: string;
  path?: Record<string, string>;
  body?: Record<string, unknown>;
}

type People = Record<'self' | 'stranger' | 'admin', Person>;
export type Inhabitants = Record<'stranger' | 'admin' | 'former' | 'banned' | 'member' | 'author' | 'moderator' | 'owner' | 'outsider', Person>;

interface Room {
  id: string;
  messageId: string;
}

const expired = (person: Person): string => handmade(goodHeader, { ...goodClaims(readClaims(person.accessToken)), iat: now() - 900, exp: now() - 60 });

/** What an operation is asked, where the example of the document concerns nobody. */
const aboutPeople: Record<string, (people: People) => Call> = {
  register: () => ({ body: { name: 'Newcomer', email: `${randomId()}@example.org`, password } }),
  login: ({ self }) => ({ body: { login: self.user.username, password } }),
  refresh: ({ self }) => ({ body: { refreshToken: self.refreshToken } }),
  changePassword: () => ({ body: { current: password, next: 'an entirely new one' } }),
  updateMe: () => ({ body: { name: 'Another Name' } }),
  getUser: ({ self }) => ({ path: { id: self.user.id } }),
  setDisabled: ({ self }) => ({ path: { id: self.user.id }, body: { disabled: true } }),
  setRole: ({ self }) => ({ path: { id: self.user.id }, body: { role: 'admin' } }),
  endSession: ({ self }) => ({ path: { id: readClaims(self.accessToken).sid } }),
  createRoom: () => ({ body: { name: 'Somewhere', kind: 'private' } }),
  openDirectRoom: ({ self }) => ({ path: { userId: self.user.id } }),
  listConversation: ({ self }) => ({ path: { userId: self.user.id } }),
  sync: () => ({ body: {} }),
};

const inRoom: Record<string, (room: Room, who: Inhabitants) => Call> = {
  updateRoom: ({ id }) => ({ path: { id }, body: { name: 'Another Name' } }),
  addMember: ({ id }, { outsider }) => ({ path: { id }, body: { userId: outsider.user.id } }),
  setMemberRole: ({ id }, { author }) => ({ path: { id, userId: author.user.id }, body: { role: 'moderator' } }),
  removeMember: ({ id }, { author }) => ({ path: { id, userId: author.user.id } }),
  markRead: ({ id }) => ({ path: { id }, body: { seq: 1 } }),
  sendToRoom: ({ id }) => ({ path: { id }, body: { text: 'hello' } }),
  sendMessage: ({ id }) => ({ body: { roomId: id, text: 'hello' } }),
  getMessage: ({ messageId }) => ({ path: { id: messageId } }),
  editMessage: ({ messageId }) => ({ path: { id: messageId }, body: { text: 'hello again' } }),
  deleteMessage: ({ messageId }) => ({ path: { id: messageId } }),
  addReaction: ({ messageId }) => ({ path: { id: messageId, emoji: encodeURIComponent('\u{1F44D}') } }),
  removeReaction: ({ messageId }) => ({ path: { id: messageId, emoji: encodeURIComponent('\u{1F44D}') } }),
};

/** The same, with every id in capital letters, wherever it stands. */
export function idsInCapitals<T>(value: T): T {
  const written = JSON.stringify(value).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => id.toUpperCase());
  return JSON.parse(written) as T;
}

export function inCapitals({ token, path, body }: Call): Call {
  return { token, ...idsInCapitals({ path, body }) };
}

/** Prepares a server on which any operation can be called by anybody, without one call disturbing the next. */
export async function setTheScene(server: TestServer): Promise<(scene: Scene, role: Role, operation: Operation) => Promise<Call>> {
  const someone = (): Promise<Person> => newPerson(server, `p${randomId().slice(0, 20)}`);
  const firstAdmin = await newPerson(server, 'admin');
  const inhabitants = await gather(someone, firstAdmin);
  let readers: People | undefined;

  async function newPeople(): Promise<People> {
    const [self, stranger, admin] = await Promise.all([someone(), someone(), someone()]);
    await firstAdmin.put(`/users/${admin.user.id}/role`, { role: 'admin' });
    return { self, stranger, admin };
  }

  return async (scene, role, operation) => {
    if (scene !== 'people') {
      const room = await furnish(scene, inhabitants);
      const asked = inRoom[operation.operationId]?.(room, inhabitants) ?? { path: { id: room.id } };
      return { ...asked, token: role === 'anonymous' ? undefined : inhabitants[role as keyof Inhabitants].accessToken };
    }
    const people = operation.method === 'GET' ? (readers ??= await newPeople()) : await newPeople(); // Who only reads can read again.
    const token = { anonymous: undefined, expired: expired(people.self) }[role as string] ?? people[role as keyof People]?.accessToken;
    return { ...aboutPeople[operation.operationId]?.(people), token };
  };
}

/** Somebody for each part. */
export async function gather(someone: () => Promise<Person>, admin: Person): Promise<Inhabitants> {
  const [stranger, former, banned, member, author, moderator, owner, outsider] = [
    await someone(), await someone(), await someone(), await someone(), await someone(), await someone(), await someone(), await someone(),
  ];
  return { stranger, admin, former, banned, member, author, moderator, owner, outsider };
}

/** A room in which everybody stands where their name says. */
export async function furnish(kind: 'public' | 'private', { owner, moderator, member, author, former, banned }: Inhabitants): Promise<Room> {
  const memberIds = [moderator, member, author, former, banned].map(({ user }) => user.id);
  const { body: room } = await owner.post('/rooms', { name: 'A room', kind, memberIds });
  await owner.patch(`/rooms/${room.id}/members/${moderator.user.id}`, { role: 'moderator' });
  await former.post(`/rooms/${room.id}/leave`);
  await owner.delete(`/rooms/${room.id}/members/${banned.user.id}?ban=true`);
  const { status, body: message } = await author.post(`/rooms/${room.id}/messages`, { text: 'first' });
  if (status !== 201) throw new Error(`The room could not be furnished: ${JSON.stringify(message)}`);
  return { id: room.id, messageId: message.id };
}
