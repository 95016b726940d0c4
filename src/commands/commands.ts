import { disable, enable, endSessions, makeAdmin, resetPassword } from './accounts.js';
import { backup, restoreBackup } from './backup.js';
import type { Command } from './command.js';
import { erase, exportPerson } from './people.js';
import { newEpoch, retention } from './rooms.js';
import { stats } from './stats.js';

/** Every command, once. */
export const commands = {
  stats,
  backup,
  restore: restoreBackup,
  'new-epoch': newEpoch,
  'make-admin': makeAdmin,
  disable,
  enable,
  'reset-password': resetPassword,
  'sessions-end': endSessions,
  export: exportPerson,
  erase,
  retention,
} as const satisfies Record<string, Command>;
