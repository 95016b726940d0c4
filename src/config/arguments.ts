import { parseArgs } from 'node:util';
import { ConfigError } from './config.js';

export const usage = `Starts Verbatim: npm start [-- options]

  --workers <n>    so many processes on this machine, or auto: one for each core (WORKERS)
  --check-config   only say whether the settings are fine
  --help           this

All settings are variables of the environment, or lines of a file .env beside package.json; .env.example names each of them.
Operators' commands (backup, accounts, retention …): npm run -s admin -- --help`;

export interface Arguments {
  /** Only say what there is to say here. */
  help: boolean;
  /** Only say whether the settings are fine. */
  checkOnly: boolean;
  /** Settings that the command line sets. */
  settings: Record<string, string>;
}

/** What stands behind `npm start --`. The last of several wins, so that a script's own can be overruled. */
export function readArguments(args: readonly string[]): Arguments {
  const { help, workers, 'check-config': checkOnly } = parsed(args);
  return { help, checkOnly, settings: workers === undefined ? {} : { WORKERS: workers } };
}

const options = {
  workers: { type: 'string' },
  'check-config': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ConfigError([(error as Error).message]);
  }
}
