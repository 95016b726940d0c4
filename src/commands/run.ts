import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Refusal } from '../common/refusal.js';
import { ConfigError, loadConfig } from '../config/config.js';
import { columns, UsageError, type Command, type Io, type Option } from './command.js';
import { commands } from './commands.js';

/** Does what the arguments say, and returns the exit code. */
export async function run(args: string[], io: Io): Promise<0 | 1 | 2> {
  try {
    await obey(args, io);
    return 0;
  } catch (error) {
    io.say(error instanceof Refusal ? `${error.message} (${error.code})` : (error as Error).message);
    if (error instanceof UsageError) io.say('See: npm run -s admin -- --help');
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}

async function obey([name, ...rest]: string[], io: Io): Promise<void> {
  const print = (text: string): void => void io.stdout.write(`${text}\n`);
  if (name === undefined || ['--help', '-h', 'help'].includes(name)) return print(help());
  const command = Object.hasOwn(commands, name) ? (commands as Record<string, Command>)[name] : undefined;
  if (command === undefined) throw new UsageError(`There is no command "${name}".`);
  const { values: { json, help: asked, ...options }, positionals } = parsed(command, rest);
  if (asked === true) return print(helpFor(name, command));
  const needed = command.args.filter((arg) => !arg.endsWith('?')).length;
  if (positionals.length < needed || positionals.length > command.args.length) throw new UsageError(`It is written: ${usage(name, command)}`);
  // The settings are those of the server. A command signs no token, so it needs no secret for that.
  const config = loadConfig({ ...io.env, JWT_SECRET: randomBytes(48).toString('base64') });
  const outcome = await command.run({ args: positionals, options, config, ...io });
  if (outcome !== null) print(json === true ? JSON.stringify(outcome.data) : outcome.text);
}

function parsed({ options = {} }: Command, args: string[]): { values: Record<string, string | boolean | undefined>; positionals: string[] } {
  const declared = Object.entries(options).map(([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const);
  try {
    return parseArgs({ args, allowPositionals: true, options: { ...Object.fromEntries(declared), json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function usage(name: string, { args, options = {} }: Command): string {
  const values = args.map((arg) => (arg.endsWith('?') ? `[${arg.slice(0, -1)}]` : `<${arg}>`));
  return [name, ...values, ...Object.entries(options).map((option) => `[${flag(option)}]`)].join(' ');
}

function flag([name, { value }]: [string, Option]): string {
  return `--${name}${value === undefined ? '' : ` ${value}`}`;
}

function help(): string {
  const list = Object.entries<Command>(commands).map(([name, command]) => `  ${usage(name, command)}\n      ${command.about}`);
  return `npm run -s admin -- <command>

${list.join('\n')}

Each takes --help and --json. The settings are those of the server: DATABASE_URL, or DATA_DIR for the embedded
PostgreSQL, which may be running or not. Exit codes: 0 done, 1 failed, 2 asked for in a wrong way.`;
}

function helpFor(name: string, command: Command): string {
  const options: Record<string, Option> = { ...command.options, json: { about: 'print the outcome as JSON' } };
  return `npm run -s admin -- ${usage(name, command)}\n\n${command.about}\n\n${columns(Object.entries(options).map((option) => [`  ${flag(option)}`, option[1].about]))}`;
}
