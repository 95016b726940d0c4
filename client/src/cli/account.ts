import { needs } from './arguments.js';
import { signedIn, type Context } from './context.js';
import { usage } from './failure.js';
import { ask, readPassword } from './input.js';
import { plain } from './output.js';

export async function login({ chat, out, url, words }: Context): Promise<void> {
  needs(words, 0, 1, 'login [name]');
  const name = words[0] ?? (await ask('Username or e-mail address'));
  const user = await chat.login({ login: name, password: await readPassword(`Password of ${name} at ${url}`) });
  out.data(`Signed in as ${plain(user.username)} at ${url}`, user);
}

export async function register({ chat, out, url, words, flags }: Context): Promise<void> {
  needs(words, 0, 1, 'register [username] [--name <text>] [--email <address>] [--admin-code <code>]');
  const username = words[0] ?? (await ask('Username'));
  const email = (flags.email as string | undefined) ?? (await ask('E-mail address'));
  const name = (flags.name as string | undefined) ?? (process.stdin.isTTY ? (await ask(`Name that others see [${username}]`)) || username : username);
  const adminCode = flags['admin-code'] as string | undefined;
  const password = await readPassword('Password, 8 characters or more');
  if (process.stdin.isTTY && !process.env.VERBATIM_PASSWORD && (await readPassword('Once more')) !== password) throw usage('The two passwords differ');
  const user = await chat.register({ username, email, name, password, ...(adminCode === undefined ? {} : { adminCode }) });
  out.data(`Welcome, ${plain(user.name)}: signed in as ${plain(user.username)} at ${url}`, user);
}

export async function logout(context: Context): Promise<void> {
  const { chat, out, url, words } = context;
  needs(words, 0, 0, 'logout');
  const { username } = await signedIn(context);
  await chat.logout();
  out.data(`${plain(username)} is signed out at ${url}`, { username, url });
}

export async function whoami(context: Context): Promise<void> {
  const { chat, out, url, words } = context;
  needs(words, 0, 0, 'whoami');
  await signedIn(context);
  const user = await chat.api.getMe();
  out.data(`${plain(user.username)} (${plain(user.name)}${user.email === null ? '' : `, ${user.email}`}) at ${url}`, user);
}

export async function status(context: Context): Promise<void> {
  const { chat, out, url, profile, words } = context;
  needs(words, 0, 0, 'status');
  const started = performance.now();
  const [version, ready] = await Promise.all([chat.api.getVersion(), chat.api.isReady()]);
  const ms = Math.round(performance.now() - started);
  await chat.resume();
  const unread = chat.me === undefined ? undefined : (await chat.api.getUnread()).total;
  const who = chat.me === undefined ? 'nobody is signed in' : `signed in as ${plain(chat.me.username)}, ${unread ?? 0} unread`;
  out.data(`${url}  ${version.name} ${version.version}, ${ready.status}, ${ms} ms\nprofile ${profile}: ${who}`, { url, profile, ready: ready.status, version: version.version, ms, user: chat.me?.username ?? null, unread: unread ?? null });
}
