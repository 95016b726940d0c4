import { backUp } from '../database/backup.js';
import type { BackupSums } from '../database/backup-file.js';
import { reachDatabase } from '../database/reach.js';
import { restore } from '../database/restore.js';
import { count, type Command } from './command.js';

function totals(sums: BackupSums): { rows: Record<string, number>; text: string } {
  const rows = Object.fromEntries(Object.entries(sums).map(([table, sum]) => [table, sum.rows]));
  return { rows, text: `${count(rows.users ?? 0, 'user')}, ${count(rows.rooms ?? 0, 'room')}, ${count(rows.messages ?? 0, 'message')}` };
}

export const backup: Command = {
  about: 'Write everything the database holds to one file, and read it again to be sure. Servers may go on meanwhile.',
  args: ['file'],
  async run({ args: [file], config, say }) {
    const database = await reachDatabase(config, say);
    try {
      const { rows, text } = totals(await backUp(database.url, file, say));
      return { text: `Backed up to ${file}: ${text}. Keep it safe: it holds addresses, password hashes and all that was said.`, data: { file, rows } };
    } finally {
      await database.close();
    }
  },
};

export const restoreBackup: Command = {
  about: 'Replace what the database holds by a backup. Every room begins a new epoch, so that clients forget what came after it.',
  args: ['file'],
  options: {
    force: { about: 'also when the database is not empty: what it holds is thrown away' },
    'end-sessions': { about: 'everybody has to sign in again' },
  },
  async run({ args: [file], options, config, say }) {
    const database = await reachDatabase(config, say);
    try {
      const { rows, text } = totals(await restore(database.url, file, { force: options.force === true, endSessions: options['end-sessions'] === true }, say));
      return { text: `Restored from ${file}: ${text}. Every room has a new epoch.`, data: { file, rows } };
    } finally {
      await database.close();
    }
  },
};
