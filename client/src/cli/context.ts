import { VerbatimClient } from '../client.js';
import { VerbatimError } from '../errors.js';
import type { OwnUser, User } from '../../../src/contract/user.dto.js';
import type { Arguments } from './arguments.js';
import { exitCodes, Failure, usage } from './failure.js';
import { Output } from './output.js';
import { profilePath, SessionFile } from './session-file.js';

/** What every command works with. */
export interface Context {
  chat: VerbatimClient;
  out: Output;
  url: string;
  profile: string;
  words: string[];
  flags: Arguments['flags'];
}

export async function makeContext({ words, flags }: Arguments): Promise<Context> {
  const profile = (flags.profile as string | undefined) ?? (process.env.VERBATIM_PROFILE || 'default');
  const path = profilePath(profile);
  const url = readUrl((flags.url as string | undefined) ?? (process.env.VERBATIM_URL || (await SessionFile.urlIn(path))) ?? 'http://localhost:3000');
  const chat = new VerbatimClient({ url, session: new SessionFile(path, url) });
  return { chat, out: makeOutput(flags), url, profile, words, flags };
}

export const makeOutput = (flags: Arguments['flags']): Output => new Output(flags.json === true, flags['no-color'] === true);

function readUrl(text: string): string {
  const withScheme = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(withScheme)) throw usage(`"${text}" is not an address of a server`);
  return withScheme.replace(/\/+$/, '');
}

/** Most commands need somebody who is signed in. */
export async function signedIn({ chat, url }: Context): Promise<OwnUser> {
  await chat.resume();
  if (chat.me === undefined) throw new Failure(exitCodes.signIn, `You are not signed in at ${url}`, 'Sign in: verbatim login');
  return chat.me;
}

/** By username or id. */
export async function findPerson({ chat }: Context, name: string): Promise<User> {
  const wanted = name.replace(/^@/, '');
  const { users } = await chat.api.listUsers({ query: wanted, limit: 20 });
  const user = users.find(({ username }) => username.toLowerCase() === wanted.toLowerCase());
  if (user !== undefined) return user;
  if (/^[0-9a-f-]{36}$/i.test(wanted)) return await chat.api.getUser({ id: wanted });
  throw new VerbatimError({ code: 'not_found', status: 404, detail: `There is nobody called ${wanted}` });
}

/** A room by id or short name; @somebody is the private chat with them. */
export async function roomRef(context: Context, ref: string): Promise<string> {
  if (!ref.startsWith('@')) return ref;
  const { id } = await findPerson(context, ref);
  return (await context.chat.api.openDirectRoom({ userId: id })).room.id;
}
