import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { User, UserPage } from '../../src/contract/user.dto.js';
import { newChatter } from '../setup/chatters.js';
import { isRefused, newPerson, password, request, type Person } from '../setup/people.js';
import { newsMs, startServer, type TestServer } from '../setup/server.js';
import { randomId } from '../setup/tokens.js';
import { until } from '../setup/until.js';
import { expectProblem } from '../setup/wire.js';

let server: TestServer;
let admin: Person;
let alice: Person;

beforeAll(async () => {
  server = await startServer();
  admin = await newPerson(server, 'admin');
  alice = await newPerson(server, 'alice');
});
afterAll(() => server.close());

/** Stores people as the server would, without waiting for their passwords to be hashed. */
async function settle(people: { username: string; name: string; search?: string }[]): Promise<void> {
  for (const { username, name, search = `${username} ${name}`.toLowerCase() } of people) {
    await server.db.query(`INSERT INTO users (id, username, username_key, name, email, email_key, search_text) VALUES ($1, $2, $3, $4, $5, $5, $6)`,
      [randomId(), username, username.toLowerCase(), name, `${username}@example.org`, search]);
  }
}

const find = async (query: string, more = ''): Promise<string[]> => {
  const { status, body } = await alice.get<UserPage>(`/users?query=${encodeURIComponent(query)}${more}`);
  expect(status).toBe(200);
  return body.users.map(({ username }) => username);
};

/** Follows the cursors to the end. */
async function allPages(query: string): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, body }: { status: number; body: UserPage } = await alice.get<UserPage>(`/users?limit=37&${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    seen.push(...body.users.map(({ username }) => username));
    cursor = body.nextCursor;
  }
  return seen;
}

describe('searching people', () => {
  beforeAll(async () => {
    for (const [name, username] of [['Zoë Müller', 'zoe'], ['José Ángel', 'pepe'], ['ŁUKASZ Nowak', 'lukas'], ['Straße Weiß', 'weiss'], ['Margaret Hamilton', 'mhamilton'], ['Percy 100%_sure', 'percy']] as const) {
      expect((await admin.post('/auth/register', { name, username, email: `${username}@mail.example.org`, password })).status).toBe(201);
    }
  });

  it.each([
    ['the beginning of a username', 'mham', 'mhamilton'],
    ['the beginning of a name', 'marg', 'mhamilton'],
    ['the beginning of a second name', 'hamil', 'mhamilton'],
    ['the middle of a name', 'milto', 'mhamilton'],
    ['a name with a typo', 'margeret', 'mhamilton'],
    ['a name with letters swapped', 'Hamitlon', 'mhamilton'],
    ['capitals', 'MARGARET', 'mhamilton'],
    ['no accents where there are some', 'muller', 'zoe'],
    ['accents where there are none', 'pépé', 'pepe'],
    ['an accent made of two characters', 'Jose\u0301', 'pepe'],
    ['ss for ß', 'strasse', 'weiss'],
    ['wide letters', 'ｐｅｐｅ', 'pepe'],
    ['spaces around it', '  zoe ', 'zoe'],
  ])('finds by %s', async (_, query, username) => {
    expect(await find(query)).toContain(username);
  });

  it('puts the exact username first, then beginnings, then likenesses', async () => {
    await settle([{ username: 'rob', name: 'Zed' }, { username: 'robert', name: 'Aaron' }, { username: 'xrobx', name: 'Likeness' }]);
    expect((await find('rob')).slice(0, 3)).toEqual(['rob', 'robert', 'xrobx']);
  });

  it('takes % and _ and \\ for themselves', async () => {
    await settle([{ username: 'back', name: 'back\\slash' }]);
    expect([await find('%'), await find('100%_')]).toEqual([['percy'], ['percy']]);
    expect(await find('_')).not.toContain('mhamilton');
    expect([await find('\\'), await find('%%%'), await find("' OR 1=1 --")]).toEqual([['back'], [], []]);
  });

  it('finds nobody by e-mail address, and tells none', async () => {
    expect(await find('mail.example.org')).toEqual([]);
    const answers = [await alice.get('/users'), await alice.get('/users?query=zoe'), await alice.get(`/users/${admin.user.id}`), await admin.get(`/users/${alice.user.id}`), await admin.get('/users')];
    for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(/@|email|password|hash|searchText|usernameKey/i);
    const [profile] = [(await alice.get<User>(`/users/${admin.user.id}`)).body];
    expect(Object.keys(profile).sort()).toEqual(['avatarUrl', 'createdAt', 'disabled', 'id', 'name', 'presence', 'role', 'username']);
  });

  it('does not find who is disabled; the profile says so', async () => {
    const bob = await newPerson(server, 'bobthedisabled');
    expect(await find('bobthedis')).toEqual(['bobthedisabled']);
    await admin.put(`/users/${bob.user.id}/disabled`, { disabled: true });
    expect([await find('bobthedis'), (await allPages('')).includes('bobthedisabled')]).toEqual([[], false]);
    expect((await alice.get<User>(`/users/${bob.user.id}`)).body).toMatchObject({ username: 'bobthedisabled', disabled: true, presence: { online: false } });
    await admin.put(`/users/${bob.user.id}/disabled`, { disabled: false });
    expect(await find('bobthedis')).toEqual(['bobthedisabled']);
  });

  it('follows a change of name at once', async () => {
    const carol = await newPerson(server, 'carolbefore');
    await carol.patch('/users/me', { name: 'Quixotic', username: 'carolafter' });
    expect([await find('quixot'), await find('carolbefore', '&limit=1')]).toEqual([['carolafter'], ['carolafter']]);
  });
});

describe('paging', () => {
  beforeAll(() => settle(Array.from({ length: 250 }, (_, i) => ({ username: `member-${String((i * 7919) % 250).padStart(3, '0')}`, name: i % 3 === 0 ? 'Same Name' : `Member Mu${'n'.repeat(i % 5)}ster` }))));

  it('of the list loses nobody and repeats nobody', async () => {
    const [row] = await server.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM users WHERE disabled_at IS NULL`);
    const all = await allPages('');
    expect([all.length, new Set(all).size]).toEqual([row?.n, row?.n]);
    expect(all).toEqual([...all].sort());
  });

  it.each(['member', 'same name', 'munster', 'mumster'])('of a search for %s loses nobody and repeats nobody', async (query) => {
    const all = await allPages(`query=${encodeURIComponent(query)}`);
    const once = await find(query, '&limit=100');
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(80);
    expect(all.slice(0, 100)).toEqual(once);
  });

  it('goes on where it ended when people come and go in between', async () => {
    const first = (await alice.get<UserPage>('/users?limit=10&query=member')).body;
    await settle([{ username: 'member-0000', name: 'Early' }]);
    const second = (await alice.get<UserPage>(`/users?limit=10&query=member&cursor=${first.nextCursor}`)).body;
    expect(second.users.filter(({ id }) => first.users.some((one) => one.id === id))).toEqual([]);
  });

  it.each(['0', '-1', '101', '1.5', 'ten', '', '1e2', '9007199254740993', '٣', '+5', ' 5'])('with limit %p is refused', async (limit) => {
    const answer = await alice.get(`/users?limit=${encodeURIComponent(limit)}`);
    expectProblem(answer, 'invalid_input');
    expect(answer.body.errors[0].field).toBe('limit');
  });

  it.each(['1', '100'])('with limit %s is granted', async (limit) => {
    expect((await alice.get<UserPage>(`/users?limit=${limit}`)).body.users).toHaveLength(Number(limit));
  });

  it.each(['nonsense', '', 'e30', 'W10', 'WzFd', Buffer.from('["a","b"]').toString('base64url'), Buffer.from('["a\\u0000"]').toString('base64url'), Buffer.from('[null]').toString('base64url'), Buffer.from('[["a"]]').toString('base64url'), 'a'.repeat(501)])('from a made-up cursor is refused (%#)', async (cursor) => {
    const answer = await alice.get(`/users?cursor=${cursor}`);
    expectProblem(answer, 'invalid_input');
    expect(answer.body.errors[0].field).toBe('cursor');
  });

  it('does not take the cursor of the list for one of a search', async () => {
    const { nextCursor } = (await alice.get<UserPage>('/users?limit=1')).body;
    expectProblem(await alice.get(`/users?query=member&cursor=${nextCursor}`), 'invalid_input');
    expect((await alice.get(`/users?cursor=${nextCursor}`)).status).toBe(200);
  });
});

describe('my profile', () => {
  it('changes what is given and leaves the rest', async () => {
    const dave = await newPerson(server, 'dave');
    expect((await dave.patch('/users/me', { avatarUrl: 'https://example.org/dave.png' })).body).toMatchObject({ name: 'Dave', username: 'dave', avatarUrl: 'https://example.org/dave.png' });
    expect((await dave.patch('/users/me', { name: 'David' })).body).toMatchObject({ name: 'David', avatarUrl: 'https://example.org/dave.png' });
    expect((await dave.patch('/users/me', { avatarUrl: null })).body).toMatchObject({ name: 'David', avatarUrl: null });
    expect((await dave.patch('/users/me', {})).body).toEqual((await dave.get('/users/me')).body);
  });

  it('is told to everybody who is here when it changes', async () => {
    const [greta, heidi] = [await newChatter(server, 'greta'), await newChatter(server, 'heidi')];
    await heidi.person.patch('/users/me', {});
    await heidi.person.patch('/users/me', { name: 'Heidrun' });
    for (const who of [greta, heidi]) expect(await who.next('user_updated')).toEqual((await greta.person.get(`/users/${heidi.id}`)).body);
  });

  it('keeps names in one form', async () => {
    const erin = await newPerson(server, 'erin');
    expect((await erin.patch('/users/me', { name: '  Zoe\u0308  ' })).body.name).toBe('Zoë');
    expect((await alice.get<User>(`/users/${erin.user.id}`)).body.name).toBe('Zoë');
  });

  it.each(['ALICE', 'Alice', 'ａｌｉｃｅ'])('cannot take the username of somebody else: %s', async (username) => {
    const { status, body } = await admin.patch('/users/me', { username });
    expect([status, body.code]).toEqual([409, 'username_taken']);
  });

  it('may change the case of its own username', async () => {
    const frank = await newPerson(server, 'frank');
    expect((await frank.patch('/users/me', { username: 'FRANK' })).body.username).toBe('FRANK');
    expect((await admin.post('/auth/login', { login: 'frank', password })).status).toBe(200);
  });

  it('gives a username to one of many who take it at once', async () => {
    const people = await Promise.all(['grace', 'henry', 'ivan', 'judy'].map((one) => newPerson(server, one)));
    const answers = await Promise.all(people.map((one) => one.patch('/users/me', { username: 'coveted' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it.each([
    ['an unknown field', { nickname: 'x' }, 'nickname', 'unknown_field'],
    ['a role', { role: 'admin' }, 'role', 'unknown_field'],
    ['an id', { id: randomId() }, 'id', 'unknown_field'],
    ['an e-mail address', { email: 'new@example.org' }, 'email', 'unknown_field'],
    ['no name', { name: null }, 'name', 'wrong_type'],
    ['an empty name', { name: '   ' }, 'name', 'too_short'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name', 'too_long'],
    ['a name of two lines', { name: 'a\nb' }, 'name', 'bad_characters'],
    ['a name nobody sees', { name: '\u200b\u200b' }, 'name', 'bad_characters'],
    ['a name that runs backwards', { name: 'Bob\u202egro' }, 'name', 'bad_characters'],
    ['a name with NUL', { name: 'a\u0000b' }, 'name', 'bad_characters'],
    ['a name with half a character', { name: 'a\ud800' }, 'name', 'bad_characters'],
    ['a number for a name', { name: 7 }, 'name', 'wrong_type'],
    ['a username with a space', { username: 'a b' }, 'username', 'bad_characters'],
    ['a username like an address', { username: 'a@b.example' }, 'username', 'bad_characters'],
    ['a username with something invisible', { username: 'ali\u200bce' }, 'username', 'bad_characters'],
    ['a username of one character', { username: 'a' }, 'username', 'too_short'],
    ['no username', { username: null }, 'username', 'wrong_type'],
    ['an avatar over http', { avatarUrl: 'http://example.org/a.png' }, 'avatarUrl', 'bad_format'],
    ['an avatar of script', { avatarUrl: 'javascript:alert(1)' }, 'avatarUrl', 'bad_format'],
    ['an avatar of 501 characters', { avatarUrl: `https://example.org/${'a'.repeat(500)}` }, 'avatarUrl', 'too_long'],
  ])('refuses %s', async (_, change, field, code) => {
    const answer = await alice.patch('/users/me', change);
    expectProblem(answer, 'invalid_input');
    expect(answer.body.errors).toEqual([{ field, code, message: expect.any(String) }]);
  });

  it('takes names of every script, up to 100 characters', async () => {
    const kim = await newPerson(server, 'kim');
    for (const name of ['李小龍', 'Анна Каренина', 'محمد', 'O’Brien-Smith', '\u{1F600} Smile', 'x'.repeat(100)]) expect((await kim.patch('/users/me', { name })).body.name).toBe(name);
    expect((await kim.patch('/users/me', { username: 'анна' })).body.username).toBe('анна');
  });
});

describe('an admin', () => {
  it('disables and enables, with effect at once', async () => {
    const liam = await newPerson(server, 'liam');
    const phone = await liam.anotherDevice();
    expect((await admin.put(`/users/${liam.user.id}/disabled`, { disabled: true })).body).toMatchObject({ id: liam.user.id, disabled: true });
    for (const device of [liam, phone]) expect(await isRefused(device)).toBe(true);
    expectProblem(await liam.get('/users/me'), 'unauthenticated');
    expect((await admin.post('/auth/refresh', { refreshToken: liam.refreshToken })).status).toBe(401);
    expectProblem(await request(`${server.url}/api/v1/auth/login`, 'POST', { body: { login: 'liam', password } }), 'account_disabled');
    expectProblem(await request(`${server.url}/api/v1/auth/login`, 'POST', { body: { login: 'liam', password: 'wrong' } }), 'invalid_credentials');
    await admin.put(`/users/${liam.user.id}/disabled`, { disabled: false });
    expect((await (await liam.anotherDevice()).get('/users/me')).status).toBe(200);
  });

  it('gives and takes the role, with effect at once', async () => {
    const mia = await newPerson(server, 'mia');
    const act = () => mia.put(`/users/${alice.user.id}/disabled`, { disabled: false });
    expectProblem(await act(), 'forbidden');
    await admin.put(`/users/${mia.user.id}/role`, { role: 'admin' });
    await until(async () => (await act()).status === 200, newsMs);
    expect((await mia.get('/users/me')).body.role).toBe('admin');
    await admin.put(`/users/${mia.user.id}/role`, { role: 'user' });
    await until(async () => (await act()).status === 403, newsMs);
  });

  it('is not who is disabled: the last one at work cannot go', async () => {
    const fresh = await startServer();
    const [first, second] = [await newPerson(fresh, 'first'), await newPerson(fresh, 'second')];
    expectProblem(await first.put(`/users/${first.user.id}/role`, { role: 'user' }), 'last_admin');
    expectProblem(await first.put(`/users/${first.user.id}/disabled`, { disabled: true }), 'forbidden');
    await first.put(`/users/${second.user.id}/role`, { role: 'admin' });
    await first.put(`/users/${second.user.id}/disabled`, { disabled: true });
    expectProblem(await first.put(`/users/${first.user.id}/role`, { role: 'user' }), 'last_admin');
    await first.put(`/users/${second.user.id}/disabled`, { disabled: false });
    expect((await first.put(`/users/${first.user.id}/role`, { role: 'user' })).status).toBe(200);
    await fresh.close();
  });

  it.each(['both step down', 'each disables the other'])('remains when %s at the same time', async (how) => {
    const fresh = await startServer();
    const first = await newPerson(fresh, 'first');
    const second = await newPerson(fresh, 'second');
    await first.put(`/users/${second.user.id}/role`, { role: 'admin' });
    await second.get('/users/me');
    await Promise.all(how === 'both step down'
      ? [first.put(`/users/${first.user.id}/role`, { role: 'user' }), second.put(`/users/${second.user.id}/role`, { role: 'user' })]
      : [first.put(`/users/${second.user.id}/disabled`, { disabled: true }), second.put(`/users/${first.user.id}/disabled`, { disabled: true })]);
    const [left] = await fresh.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM users WHERE role = 'admin' AND disabled_at IS NULL`);
    expect(left?.n).toBe(1);
    await fresh.close();
  });

  it('finds no account under an unknown id', async () => {
    expectProblem(await admin.put(`/users/${randomId()}/disabled`, { disabled: true }), 'not_found');
    expectProblem(await admin.put(`/users/${randomId()}/role`, { role: 'admin' }), 'not_found');
    expectProblem(await admin.get(`/users/${randomId()}`), 'not_found');
  });
});

describe('presence', () => {
  const presence = async (who: Person) => (await admin.get<User>(`/users/${who.user.id}`)).body.presence;

  it('is online while a session is in use, and ends with the last one', async () => {
    const nora = await newPerson(server, 'nora');
    const phone = await nora.anotherDevice();
    expect((await presence(nora)).online).toBe(true);
    await phone.post('/auth/logout');
    expect((await presence(nora)).online).toBe(true);
    const before = Date.now();
    await nora.post('/auth/logout');
    await until(async () => !(await presence(nora)).online, newsMs);
    const { lastSeenAt } = await presence(nora);
    expect(Math.abs(Date.parse(lastSeenAt ?? '') - before)).toBeLessThan(10_000);
  });

  it('is offline and never seen for somebody who has not come yet', async () => {
    await settle([{ username: 'notyethere', name: 'Not Yet' }]);
    expect((await alice.get<UserPage>('/users?query=notyethere')).body.users[0]?.presence).toEqual({ online: false, lastSeenAt: null });
  });
});
