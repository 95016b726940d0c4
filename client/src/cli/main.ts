import { login, logout, register, status, whoami } from './account.js';
import { readArguments, type Arguments } from './arguments.js';
import { makeContext, makeOutput, type Context } from './context.js';
import { exitCodeOf, jsonOf, sentenceOf, usage } from './failure.js';
import { commandHelp, generalHelp, type Command } from './help.js';
import { dm, history, join, send } from './messages.js';
import { archive, create, rooms, search, unarchive } from './rooms.js';

declare const VERBATIM_VERSION: string;

const run: Record<Command, (context: Context) => Promise<void>> = { login, register, logout, whoami, status, rooms, create, join, send, dm, history, archive, unarchive, search };

/** Whoever reads our output may go away, as `head` does: then there is nobody to tell. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => { process.exit(error.code === 'EPIPE' ? 0 : 1); });
}

async function main(argv: string[]): Promise<void> {
  const args = readArguments(argv);
  if (args.flags.version === true) process.stdout.write(`verbatim ${VERBATIM_VERSION}\n`);
  else if (args.flags.help === true || args.command === undefined) showHelp(args);
  else await runCommand(args, args.command);
}

function showHelp({ command, flags }: Arguments): void {
  if (command === undefined && flags.help !== true) throw usage(generalHelp().trimEnd());
  process.stdout.write(command === undefined ? generalHelp() : commandHelp(command));
}

async function runCommand(args: Arguments, command: Command): Promise<void> {
  const context = await makeContext(args);
  try {
    await run[command](context);
  } finally {
    context.chat.stop();
  }
}

const argv = process.argv.slice(2);
try {
  await main(argv);
} catch (error) {
  const out = makeOutput({ json: argv.includes('--json') });
  process.stderr.write(out.json ? `${JSON.stringify(jsonOf(error))}\n` : `${sentenceOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
// Nobody reads stdin any more, and it must not keep the program alive. A file has no unref, and needs none.
(process.stdin as Partial<typeof process.stdin>).unref?.();
