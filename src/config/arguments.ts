import { parseArgs } from 'node:util';
import { ConfigError } from './config.js';

export interface Arguments {
  /** Only say whether the settings are fine. */
  checkOnly: boolean;
  /** Settings that the command line sets. */
  settings: Record<string, string>;
}

/** What stands behind `npm start --`. The last of several wins, so that a script's own can be overruled. */
export function readArguments(args: readonly string[]): Arguments {
  const { workers, 'check-config': checkOnly } = parsed(args);
  return { checkOnly, settings: workers === undefined ? {} : { WORKERS: workers } };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { workers: { type: 'string' }, 'check-config': { type: 'boolean', default: false } } }).values;
  } catch (error) {
    throw new ConfigError([(error as Error).message]);
  }
}
