import { VerbatimError } from '@verbatim/client';

/** What the person can do about it, where the server's own words would not say. */
const words: Partial<Record<string, string>> = {
  invalid_credentials: 'That is not the right password for this name or address.',
  invalid_admin_code: 'This is not the code in the log of this server, or it has an administrator already.',
  account_disabled: 'This account has been switched off by an administrator.',
  email_taken: 'Somebody has registered with this e-mail address.',
  username_taken: 'This username is taken. Try another one.',
  password_too_common: 'This password is too easy to guess. A few words in a row make a good one.',
  reauthentication_required: 'Confirm with Google that it is you, then set the password within ten minutes.',
  wrong_password: 'That is not your current password.',
  slug_taken: 'There is a room of this name already: look for it in the list of public rooms, or choose another address.',
  not_for_this_room: 'That cannot be done with this room.',
  last_owner: 'A room needs an owner: name another one, or archive it first.',
  forbidden: 'Your role in this room does not allow that.',
  not_a_member: 'You are not in this room any more.',
  banned: 'You have been banned from this room.',
  not_found: 'There is no such thing here, or it is not for you.',
  room_archived: 'This room is archived: it can be read, but not written in.',
  message_deleted: 'This message has been deleted.',
  stale_rev: 'This message has changed meanwhile.',
  too_many_reactions: 'This message has all the different reactions it can have.',
  sign_in_failed: 'The sign-in with Google was not completed. Try again.',
  invalid_code: 'This sign-in took too long. Try again.',
  unavailable: 'The server is busy for a moment. Try again.',
  outcome_unknown: 'The server did not say whether that was stored. Look before you try again.',
  internal: 'Something went wrong at the server. Try again.',
  unreachable: 'The server cannot be reached. Check your connection.',
  not_connected: 'There is no connection at the moment. Try again when it is back.',
  signed_out: 'You are signed out.',
};

/** What a field wants, where the server only says that it has the wrong form or characters. */
const forms: Partial<Record<string, string>> = {
  username: 'A username consists of letters, digits, dots, hyphens and underscores, without spaces, and begins with a letter or a digit.',
};

export function reasonFor(code: string): string | undefined {
  return words[code];
}

export function reason(error: unknown): string {
  if (!(error instanceof VerbatimError)) return 'Something went wrong here. Try again.';
  if (error.code === 'rate_limited' && error.retryAfterMs !== undefined) return `That was too much at once. Try again in ${Math.ceil(error.retryAfterMs / 1000)} s.`;
  return words[error.code] ?? error.detail ?? error.message;
}

/** What is wrong with each field of a form. */
export function fieldFaults(error: unknown): Partial<Record<string, string>> {
  if (!(error instanceof VerbatimError)) return {};
  const own = { email_taken: 'email', username_taken: 'username', password_too_common: 'password', wrong_password: 'current', slug_taken: 'slug', invalid_admin_code: 'adminCode' }[error.code as string];
  if (own !== undefined) return { [own]: words[error.code] };
  return Object.fromEntries((error.errors ?? []).map(({ field, code, message }) => [field, (code.startsWith('bad_') ? forms[field] : undefined) ?? sentence(message)]));
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
