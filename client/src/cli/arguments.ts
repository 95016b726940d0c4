import { parseArgs } from 'node:util';
import { usage } from './failure.js';
import { allowedFor, commands, options, type Command, type OptionName } from './help.js';

export interface Arguments {
  command: Command | undefined;
  words: string[];
  flags: Partial<Record<OptionName, string | boolean>>;
}

export function readArguments(argv: string[]): Arguments {
  const { values, positionals } = parse(argv);
  const [name, ...words] = positionals;
  if (name === undefined) return { command: undefined, words, flags: values };
  if (!(name in commands)) throw usage(`There is no command "${name}". See: verbatim --help`);
  const command = name as Command;
  const foreign = (Object.keys(values) as OptionName[]).find((option) => !allowedFor(command).includes(option));
  if (foreign !== undefined) throw usage(`"${command}" has no option --${foreign}. See: verbatim ${command} --help`);
  return { command, words, flags: values };
}

function parse(argv: string[]): { values: Arguments['flags']; positionals: string[] } {
  if (argv.some((word) => /^--?pass/.test(word))) throw usage('A password is never an argument: others could see it. It is asked for, read from stdin, or taken from VERBATIM_PASSWORD.');
  try {
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true, strict: true });
    return { values, positionals };
  } catch (error) {
    throw usage(`${(error as Error).message.split('. ')[0] ?? ''}. See: verbatim --help`);
  }
}

/** A whole number within bounds, or a usage error. */
export function count(value: string | boolean | undefined, fallback: number, most = 100_000): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > most) throw usage(`"${String(value)}" is not a number from 1 to ${most}`);
  return number;
}

/** The words that a command needs, no more and no fewer. */
export function needs(words: string[], least: number, most: number, what: string): void {
  if (words.length < least || words.length > most) throw usage(`Usage: verbatim ${what}`);
}
