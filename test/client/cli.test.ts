import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OwnUser } from '../../client/src/index.js';
import { FirstAdmin } from '../../src/auth/first-admin.js';
import { newChatter, disconnectAll, type Chatter } from '../setup/chatters.js';
import { password } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { TerminalProgram } from './terminal-program.js';
import { until } from './people.js';

const withPassword = { env: { VERBATIM_PASSWORD: password } };
const colour = '\u001b[';

let server: TestServer;
let verbatim: TerminalProgram;
let bob: Chatter;

beforeAll(async () => {
  server = await startServer();
  verbatim = new TerminalProgram(server.url);
  bob = await newChatter(server, 'bob');
  await verbatim.run(['register', 'alice', '--email', 'alice@example.org', '--name', 'Alice'], withPassword);
});

afterAll(async () => {
  verbatim.end();
  disconnectAll();
  await server.close();
});

it('archives a room, and opens it again', async () => {
  await verbatim.run(['create', 'Attic']);
  const archived = await verbatim.run(['archive', 'attic']);
  expect([archived.code, archived.stdout]).toEqual([0, 'Attic is archived. To open it again: verbatim unarchive attic\n']);
  expect((await verbatim.run(['send', 'attic', 'too late'])).code).toBe(1);
  expect(await verbatim.json(['unarchive', 'attic'])).toEqual([expect.objectContaining({ slug: 'attic', archivedAt: null })]);
  expect((await verbatim.run(['send', 'attic', 'open again'])).code).toBe(0);
});

describe('who I am', () => {
  it('register, whoami, logout, login', async () => {
    const people = new TerminalProgram(server.url);
    const registered = await people.run(['register', 'carol', '--email', 'carol@example.org'], { input: `${password}\n` });
    expect([registered.code, registered.stdout]).toEqual([0, `Welcome, carol: signed in as carol at ${server.url}\n`]);
    expect(await people.json<OwnUser>(['whoami'])).toEqual([expect.objectContaining({ username: 'carol', email: 'carol@example.org' })]);
    expect((await people.run(['logout'])).stdout).toBe(`carol is signed out at ${server.url}\n`);
    const nobody = await people.run(['whoami']);
    expect([nobody.code, nobody.stdout, nobody.stderr]).toEqual([3, '', `You are not signed in at ${server.url}\nSign in: verbatim login\n`]);
    expect((await people.run(['login', 'carol@example.org'], withPassword)).code).toBe(0);
    expect((await people.run(['whoami'])).stdout).toBe(`carol (carol, carol@example.org) at ${server.url}\n`);
    people.end();
  });

  it('refuses a wrong password with 3, and a taken name with 1', async () => {
    const people = new TerminalProgram(server.url);
    const wrong = await people.run(['login', 'alice'], { input: 'wrong password' });
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('password')]);
    const taken = await people.run(['register', 'alice', '--email', 'other@example.org', '--json'], withPassword);
    expect([taken.code, JSON.parse(taken.stderr)]).toEqual([1, { error: expect.objectContaining({ code: 'username_taken', status: 409 }) }]);
    people.end();
  });

  it('becomes the admin of a new server with the code in its log', async () => {
    const fresh = await startServer({ NODE_ENV: 'production' });
    const people = new TerminalProgram(fresh.url);
    const as = (code: string) => people.run(['register', 'owner', '--email', 'owner@example.org', '--admin-code', code, '--json'], withPassword);
    const wrong = await as('nonsense');
    expect([wrong.code, JSON.parse(wrong.stderr)]).toEqual([1, { error: expect.objectContaining({ code: 'invalid_admin_code', status: 403 }) }]);
    const right = await as((await fresh.app.get(FirstAdmin).awaitedCode()) ?? '');
    expect([right.code, JSON.parse(right.stdout)]).toEqual([0, expect.objectContaining({ username: 'owner', role: 'admin' })]);
    people.end();
    await fresh.close();
  });

  it('takes no password as an argument', async () => {
    for (const args of [['login', 'alice', '--password', password], ['login', 'alice', `--password=${password}`], ['login', 'alice', '-password']]) {
      const refused = await verbatim.run(args);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('A password is never an argument')]);
    }
    expect((await verbatim.run(['login', 'alice', password])).code).toBe(2);
  });

  it('keeps the session where only its owner reads it, and for that server only', async () => {
    const file = join(verbatim.home, 'verbatim', 'default.json');
    expect([(statSync(file).mode & 0o777).toString(8), (statSync(join(verbatim.home, 'verbatim')).mode & 0o777).toString(8)]).toEqual(['600', '700']);
    expect(readFileSync(file, 'utf8')).not.toContain(password);
    const elsewhere = await verbatim.run(['whoami'], { env: { VERBATIM_URL: 'http://127.0.0.1:9' } });
    expect(elsewhere.code).toBe(3);
    expect(readdirSync(join(verbatim.home, 'verbatim'))).toEqual(['default.json']);
  });

  it('keeps the proof that one has signed in here, also after signing out', async () => {
    const people = new TerminalProgram(server.url);
    const kept = () => JSON.parse(readFileSync(join(people.home, 'verbatim', 'default.json'), 'utf8')) as { session?: object; device?: string };
    await people.run(['login', 'bob'], withPassword);
    expect(kept()).toEqual({ url: server.url, session: expect.anything(), device: expect.stringMatching(/^eyJ/) });
    const { device } = kept();
    await people.run(['logout']);
    expect(kept()).toEqual({ url: server.url, device });
    people.end();
  });

  it('plays a second person in another profile', async () => {
    expect((await verbatim.run(['--profile', 'second', 'login', 'bob'], withPassword)).code).toBe(0);
    expect((await verbatim.json<OwnUser>(['whoami', '--profile', 'second']))[0]?.username).toBe('bob');
    expect((await verbatim.json<OwnUser>(['whoami'], { env: { VERBATIM_PROFILE: 'second' } }))[0]?.username).toBe('bob');
    expect((await verbatim.json<OwnUser>(['whoami']))[0]?.username).toBe('alice');
    expect((await verbatim.run(['whoami', '--profile', '../x'])).code).toBe(2);
  });

  it('status', async () => {
    expect((await verbatim.run(['status'])).stdout).toMatch(/verbatim \d+\.\d+\.\d+, ready, \d+ ms\nprofile default: signed in as alice, 0 unread\n$/);
    expect(await verbatim.json(['status'])).toEqual([expect.objectContaining({ url: server.url, ready: 'ready', user: 'alice', unread: 0 })]);
    const away = await verbatim.run(['status', '--url', 'http://127.0.0.1:9']);
    expect([away.code, away.stdout, away.stderr]).toEqual([5, '', expect.stringContaining('cannot be reached')]);
  });
});

describe('rooms and messages', () => {
  it('create, send, history, rooms, search', async () => {
    expect((await verbatim.run(['create', 'Grüner Tee', '--topic', 'leaves'])).stdout).toBe('Grüner Tee is there: verbatim join gruner-tee\n');
    const sent = await verbatim.run(['send', 'gruner-tee', 'hello', 'there']);
    expect([sent.code, sent.stdout]).toEqual([0, expect.stringMatching(/^\d\d:\d\d Alice: hello there\n$/)]);
    expect((await verbatim.run(['send', 'gruner-tee'], { input: 'two\nlines\n' })).stdout).toMatch(/Alice: two\n {6}lines\n$/);
    expect((await verbatim.run(['history', 'gruner-tee'])).stdout).toMatch(/^── .+ ──\n\d\d:\d\d Alice: hello there\n\d\d:\d\d Alice: two\n {6}lines\n$/);
    expect((await verbatim.json<{ text: string }>(['history', 'gruner-tee', '-n', '1'])).map(({ text }) => text)).toEqual(['two\nlines']);
    expect((await verbatim.json<{ text: string }>(['history', 'gruner-tee', '--before', '2'])).map(({ text }) => text)).toEqual(['hello there']);
    expect((await verbatim.run(['rooms'])).stdout).toMatch(/gruner-tee +Grüner Tee +\d\d:\d\d Alice: two lines\n/);
    expect((await verbatim.json<{ room: { slug: string } }>(['rooms'])).map(({ room }) => room.slug)).toContain('gruner-tee');
    const found = await verbatim.run(['search', 'gruner']);
    expect([found.code, found.stdout]).toEqual([0, expect.stringMatching(/^room {4}gruner-tee +Grüner Tee {2}1 member, you too: leaves\n$/)]);
    expect((await verbatim.json(['search', 'bob']))[0]).toMatchObject({ type: 'person', username: 'bob' });
    expect((await verbatim.run(['search', 'qqqqqqqq'])).code).toBe(4);
    expect((await verbatim.run(['create', 'Second', '--slug', 'gruner-tee'])).code).toBe(1);
  });

  it('dm, and @somebody wherever a room goes', async () => {
    expect((await verbatim.run(['dm', 'bob', 'psst'])).stdout).toMatch(/Alice: psst\n$/);
    const { message } = { message: await bob.next('new_message') };
    expect(message.text).toBe('psst');
    expect((await verbatim.run(['send', '@bob', 'again'])).code).toBe(0);
    expect((await verbatim.json<{ text: string }>(['history', '@bob'])).map(({ text }) => text)).toEqual(['psst', 'again']);
    expect((await verbatim.run(['rooms'])).stdout).toMatch(/@bob +Bob +\d\d:\d\d Alice: again\n/);
    const nobody = await verbatim.run(['dm', 'nosuchone', 'hi']);
    expect([nobody.code, nobody.stderr]).toEqual([4, 'There is nobody called nosuchone\n']);
  });

  it('ends with 4 where there is nothing, with 1 where it is refused, with 5 where nobody is', async () => {
    expect((await verbatim.run(['history', 'no-such-room'])).code).toBe(4);
    expect((await verbatim.run(['send', 'no-such-room', 'x'])).code).toBe(4);
    const { body } = await bob.person.post('/rooms', { name: 'Public', slug: 'not-mine', kind: 'public' });
    const outside = await verbatim.run(['send', 'not-mine', 'x']);
    expect([outside.code, outside.stderr]).toEqual([1, expect.stringContaining('Come in first: verbatim join <room>')]);
    expect(body.slug).toBe('not-mine');
    const [profile] = [JSON.parse(readFileSync(join(verbatim.home, 'verbatim', 'default.json'), 'utf8')) as object];
    expect(profile).toMatchObject({ url: server.url });
  });

  it('is usage when words are missing or too many, or options are not its own', async () => {
    const wrong = [[], ['nonsense'], ['send'], ['history'], ['join'], ['join', 'a', 'b'], ['whoami', 'x'], ['rooms', '-n', '3'], ['history', 'tea', '-n', 'many'], ['history', 'tea', '--what'], ['--url', 'http://', 'status']];
    for (const args of wrong) expect([args, (await verbatim.run(args)).code]).toEqual([args, 2]);
    expect((await verbatim.run(['send', 'gruner-tee'], { input: '' })).code).toBe(2);
  });
});

describe('join', () => {
  it('brings what was said, sends what comes in, and shows what others say', async () => {
    await bob.ask('join_room', { room: 'kitchen', create: true });
    await bob.person.post('/rooms/kitchen/messages', { text: 'before' });
    const live = verbatim.start(['join', 'kitchen']);
    await until('history', () => live.stdout.includes('Bob: before'));
    live.type('from alice\n');
    expect((await bob.next('new_message', ({ text }) => text === 'from alice')).text).toBe('from alice');
    await bob.person.post('/rooms/kitchen/messages', { text: 'from bob' });
    await until('what bob says', () => live.stdout.includes('Bob: from bob'));
    live.child.stdin.end('the last word\n');
    const { code, stdout, stderr } = await live.ended();
    expect([code, stdout.match(/\w+: .+/g)]).toEqual([0, ['Bob: before', 'Alice: from alice', 'Bob: from bob', 'Alice: the last word']]);
    expect(stderr).toContain('kitchen');
  });

  it('with --json gives one object a line, edits too, and stays with --follow', async () => {
    const live = verbatim.start(['join', 'kitchen', '--json', '--follow', '-n', '2']);
    live.child.stdin.end();
    await until('history', () => live.stdout.trim().split('\n').length === 2);
    const { body: message } = await bob.person.post('/rooms/kitchen/messages', { text: 'typo' });
    await bob.person.patch(`/messages/${message.id}`, { text: 'no typo' });
    await until('the edit', () => live.stdout.includes('no typo'));
    const objects = live.stdout.trim().split('\n').map((line) => JSON.parse(line) as { kind: string; text: string });
    expect(objects.map(({ kind, text }) => `${kind} ${text}`)).toEqual(['history from bob', 'history the last word', 'new typo', 'updated no typo']);
    live.child.kill('SIGINT');
    expect((await live.ended()).code).toBe(0);
  });

  it('comes back by itself, says so, and misses nothing', async () => {
    const live = verbatim.start(['join', 'kitchen', '--follow', '-n', '1']);
    await until('it is there', () => live.stdout.includes(': '));
    const { Broadcaster } = await import('../../src/realtime/broadcaster.js');
    const io = Reflect.get(server.app.get(Broadcaster).here, 'io') as { in(channel: string): { disconnectSockets(close: boolean): void } };
    io.in(`user:${(await verbatim.json<OwnUser>(['whoami']))[0]?.id ?? ''}`).disconnectSockets(true);
    await bob.person.post('/rooms/kitchen/messages', { text: 'while you were away' });
    await until('it is back', () => live.stderr.includes('connected again') && live.stdout.includes('while you were away'));
    expect(live.stderr).toMatch(/· no connection \(.+\); trying again in \d+ s, and then until it works\n· connected again, nothing is missing\n/);
    live.child.stdin.end();
    live.child.kill('SIGINT');
    expect((await live.ended()).code).toBe(0);
  });

  it('ends with 4 where there is no such room, makes one with --create, and says when I was put out', async () => {
    expect((await verbatim.run(['join', 'nowhere-yet'])).code).toBe(4);
    const live = verbatim.start(['join', 'nowhere-yet', '--create', '--follow']);
    await until('it is there', () => live.stderr.includes('1 member'));
    live.child.kill('SIGINT');
    expect((await live.ended()).code).toBe(0);
    const { body: room } = await bob.person.post('/rooms', { name: 'Trial', kind: 'public', slug: 'trial' });
    const trial = verbatim.start(['join', 'trial', '--follow']);
    await until('it is there', () => trial.stderr.includes('Trial'));
    await bob.person.delete(`/rooms/${room.id}/members/${(await verbatim.json<OwnUser>(['whoami']))[0]?.id ?? ''}`);
    const { code, stderr } = await trial.ended();
    expect([code, stderr]).toEqual([1, expect.stringContaining('You are no longer in this room: removed')]);
  });
});

describe('at a terminal', () => {
  it('has colours, unless NO_COLOR or --no-color or a pipe', async () => {
    const looks = await Promise.all([
      verbatim.startAtTerminal(['history', 'kitchen']).ended(),
      verbatim.startAtTerminal(['history', 'kitchen'], { NO_COLOR: '1' }).ended(),
      verbatim.startAtTerminal(['history', 'kitchen', '--no-color']).ended(),
      verbatim.run(['history', 'kitchen']),
    ]);
    expect(looks.map(({ code, stdout }) => [code, stdout.includes(colour), stdout.includes('before')])).toEqual([[0, true, true], [0, false, true], [0, false, true], [0, false, true]]);
  });

  it('asks for the password without showing it', async () => {
    const people = new TerminalProgram(server.url);
    const asking = people.startAtTerminal(['login', 'alice']);
    await until('the question', () => asking.stdout.includes('Password of alice'));
    asking.type(`${password}\r`);
    const { code, stdout } = await asking.ended();
    expect([code, stdout.includes(password), stdout]).toEqual([0, false, expect.stringContaining('Signed in as alice')]);
    people.end();
  });

  it('chats: what is typed becomes a message, /help helps, /quit leaves', async () => {
    const live = verbatim.startAtTerminal(['join', 'kitchen'], { NO_COLOR: '1' });
    await until('the prompt', () => live.stdout.includes('› '));
    live.type('typed by hand\r');
    await bob.next('new_message', ({ text }) => text === 'typed by hand');
    await bob.ask('typing', { roomId: (await bob.ask('join_room', { room: 'kitchen' })).room.id, typing: true });
    await until('bob types', () => live.stdout.includes('Bob is typing › '));
    live.type('/help\r/nonsense\r/edit changed by hand\r');
    await until('help and complaint', () => live.stdout.includes('leave the screen') && live.stdout.includes('There is no /nonsense') && live.stdout.includes('changed #'));
    live.type('/quit\r');
    expect((await live.ended()).code).toBe(0);
  });
});

describe('a broken pipe', () => {
  it('is the quiet end', async () => {
    const child = verbatim.start(['history', 'kitchen', '-n', '100']);
    child.child.stdout.destroy();
    expect(await child.ended()).toMatchObject({ code: 0, stderr: '' });
  });

  it('and help is a whole page on stdout', async () => {
    const { code, stdout, stderr } = await verbatim.run(['--help']);
    expect([code, stderr, stdout.split('\n').length > 30, stdout.split('\n').every((line) => line.length <= 110)]).toEqual([0, '', true, true]);
    for (const command of ['login', 'join', 'send', 'dm']) expect((await verbatim.run([command, '--help'])).stdout).toContain(`Usage: verbatim ${command}`);
    expect(existsSync('client/dist/cli.js')).toBe(true);
  });
});
