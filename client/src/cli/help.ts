export const commands = {
  login: { args: '[name]', about: 'Sign in with username or e-mail address; asks for the password', options: [] },
  register: { args: '[username]', about: 'Make an account and sign in; asks for what is missing', options: ['email', 'name', 'admin-code'] },
  logout: { args: '', about: 'Sign out, here and at the server', options: [] },
  whoami: { args: '', about: 'Who is signed in', options: [] },
  status: { args: '', about: 'Is the server there, and am I signed in', options: [] },
  rooms: { args: '', about: 'My rooms, with what is unread', options: [] },
  create: { args: '<name>', about: 'Make a room', options: ['private', 'topic', 'slug'] },
  join: { args: '<room>', about: 'Read what was said, then chat live', options: ['count', 'create', 'follow'] },
  send: { args: '<room> [text…]', about: 'Send one message, from the arguments or from stdin', options: [] },
  dm: { args: '<person> [text…]', about: 'Send a private message; without text: chat live', options: ['count', 'follow'] },
  history: { args: '<room>', about: 'What was said', options: ['count', 'before'] },
  archive: { args: '<room>', about: 'Close a room for writing; unarchive opens it again', options: [] },
  unarchive: { args: '<room>', about: 'Open an archived room again', options: [] },
  search: { args: '<words>', about: 'Find people and public rooms', options: ['count'] },
} as const satisfies Record<string, { args: string; about: string; options: readonly OptionName[] }>;

export type Command = keyof typeof commands;

/** For node:util parseArgs, with what the help says of each. */
export const options = {
  url: { type: 'string', about: '<address>   the server; or VERBATIM_URL. Remembered by login (http://localhost:3000)' },
  profile: { type: 'string', about: '<name>      whose session; or VERBATIM_PROFILE. One person per profile (default)' },
  json: { type: 'boolean', about: '            one JSON object a line on stdout' },
  'no-color': { type: 'boolean', about: '            no colours; or NO_COLOR' },
  help: { type: 'boolean', short: 'h', about: '            this, or help on a command' },
  version: { type: 'boolean', about: '            the version' },
  count: { type: 'string', short: 'n', about: '<number>    how many messages or finds (20)' },
  before: { type: 'string', about: '<number>    messages before this number' },
  create: { type: 'boolean', about: '            make a public room when there is none' },
  follow: { type: 'boolean', short: 'f', about: '            stay when stdin has ended' },
  private: { type: 'boolean', about: '            only who is invited can find it and come in' },
  topic: { type: 'string', about: '<text>      what it is about' },
  slug: { type: 'string', about: '<word>      its short name for addresses' },
  email: { type: 'string', about: '<address>   e-mail address' },
  'admin-code': { type: 'string', about: '<code>  becomes the admin of a new server: the code in its log' },
  name: { type: 'string', about: '<text>      the name that others see' },
} as const;

export type OptionName = keyof typeof options;

const everywhere: readonly OptionName[] = ['url', 'profile', 'json', 'no-color', 'help', 'version'];

export const allowedFor = (command: Command): readonly OptionName[] => [...commands[command].options, ...everywhere];

const listed = (names: readonly OptionName[]): string => names.map((name) => {
  const { about, ...option } = options[name];
  return `  ${'short' in option ? `-${option.short}, ` : '    '}--${name.padEnd(8)} ${about}\n`;
}).join('');

const line = (name: Command): string => `  ${`${name} ${commands[name].args}`.trim().padEnd(24)} ${commands[name].about}\n`;

const groups: Record<string, readonly Command[]> = {
  'Who I am': ['login', 'register', 'logout', 'whoami', 'status'],
  Rooms: ['rooms', 'create', 'join', 'search', 'archive', 'unarchive'],
  Messages: ['send', 'dm', 'history'],
};

export function generalHelp(): string {
  const list = Object.entries(groups).map(([title, names]) => `${title}\n${names.map(line).join('')}\n`).join('');
  return `verbatim: chat in a terminal.

Usage: verbatim <command> [arguments] [options]

${list}A <room> is its short name or id; @somebody is the private chat with them.

Options
${listed(everywhere)}
Passwords are never arguments: they are asked for, read from stdin, or taken from VERBATIM_PASSWORD.
The session is kept in $XDG_CONFIG_HOME/verbatim/<profile>.json, readable by you alone.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in, 4 not found, 5 server unavailable.

Try
  verbatim login alice
  verbatim join lobby
  verbatim send lobby "Good morning"
  verbatim history lobby -n 100 --json | jq -r .text
  verbatim --profile bob login bob        a second person, beside the first
`;
}

export function commandHelp(command: Command): string {
  const { args, about, options: own } = commands[command];
  const live = command === 'join' || command === 'dm' ? `\n${liveHelp}` : '';
  return `Usage: verbatim ${`${command} ${args}`.trim()} [options]\n\n${about}.\n${live}\nOptions\n${listed(own)}${listed(everywhere)}`;
}

export const liveHelp = `While you chat
  /help                    this
  /who                     who is here
  /more                    what was said before
  /edit <text>             change what I said last
  /delete                  take back what I said last
  /react [emoji] [number]  react to the latest message, or to that one
  /quit, Ctrl-D            leave the screen; you stay a member
`;
