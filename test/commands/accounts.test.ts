import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { command, outcome } from '../setup/commands.js';
import { connect, disconnectAll } from '../setup/chatters.js';
import { anonymous, newPerson, password, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let root: Person;
beforeAll(async () => {
  server = await startServer();
  root = await newPerson(server, 'root'); // The first one is the admin.
});
afterAll(() => server.close());
afterEach(disconnectAll);

const login = (who: Person, secret: string) => anonymous(server).post('/auth/login', { login: who.email, password: secret });

/** A running server looks sessions up again after five seconds at the latest. */
async function untilTurnedAway(person: Person): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await person.get('/users/me')).status !== 401) {
    expect(Date.now()).toBeLessThan(deadline);
    await new Promise((done) => { setTimeout(done, 100); });
  }
}

it('makes an admin, by username, address or id', async () => {
  const people = [await newPerson(server, 'anna'), await newPerson(server, 'ben'), await newPerson(server, 'cleo')];
  const names = [people[0].user.username.toUpperCase(), people[1].email, people[2].user.id];
  for (const [i, person] of people.entries()) {
    expect(await outcome(server.db.url, ['make-admin', names[i]])).toEqual({ userId: person.user.id, username: person.user.username, role: 'admin' });
    expect((await root.get(`/users/${person.user.id}`)).body.role).toBe('admin');
  }
});

it('disables an account, whose sessions end on a running server, and enables it', async () => {
  const dora = await newPerson(server, 'dora');
  const chatter = await connect(server, dora);
  const cut = new Promise((told) => { chatter.socket.once('session_revoked', told); });
  expect(await outcome(server.db.url, ['disable', 'dora'])).toMatchObject({ disabled: true, sessionsEnded: 1 });
  await untilTurnedAway(dora);
  expect(await cut).toEqual({ reason: 'ended_elsewhere' }); // Although that one has not asked anything.
  expect((await chatter.raw('sync', {}).catch(() => ({ ok: false }))).ok).toBe(false);
  expect((await login(dora, password)).body.code).toBe('account_disabled');
  expect(await outcome(server.db.url, ['enable', 'dora'])).toMatchObject({ disabled: false });
  expect((await login(dora, password)).status).toBe(200);
});

it('does not disable the last admin', async () => {
  await server.db.query(`UPDATE users SET role = 'user' WHERE username <> 'root'`);
  const { code, stderr } = await command({ DATABASE_URL: server.db.url }, ['disable', 'root']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('last_admin')]);
  expect((await login(root, password)).status).toBe(200);
});

it('resets a password that comes by stdin, and signs everybody out', async () => {
  const eve = await newPerson(server, 'eve');
  expect(await outcome(server.db.url, ['reset-password', 'eve'], 'an entirely new one\n')).toMatchObject({ sessionsEnded: 1 });
  await untilTurnedAway(eve);
  expect((await login(eve, password)).status).toBe(401);
  expect((await login(eve, 'an entirely new one')).status).toBe(200);
});

it('takes no password that people could not choose, none as an argument, and none at all', async () => {
  const fred = await newPerson(server, 'fred');
  const refused: [string[], string, number, string][] = [
    [['reset-password', 'fred'], 'short\n', 1, 'too short'], [['reset-password', 'fred'], 'password1\n', 1, 'too easy'], [['reset-password', 'fred'], 'fred1234\n', 1, 'too easy'],
    [['reset-password', 'fred', 'correct horse'], '', 2, 'reset-password <user>'], [['reset-password', 'fred'], '', 2, 'stdin'],
  ];
  for (const [args, stdin, code, why] of refused) {
    const ran = await command({ DATABASE_URL: server.db.url }, args, stdin);
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(why)]);
  }
  expect((await login(fred, password)).status).toBe(200);
}, 60_000);

it('signs somebody out everywhere', async () => {
  const gina = await newPerson(server, 'gina');
  const phone = await gina.anotherDevice();
  expect(await outcome(server.db.url, ['sessions-end', 'gina'])).toMatchObject({ sessionsEnded: 2 });
  await untilTurnedAway(gina);
  await untilTurnedAway(phone);
  expect((await anonymous(server).post('/auth/refresh', { refreshToken: gina.refreshToken })).status).toBe(401);
});
