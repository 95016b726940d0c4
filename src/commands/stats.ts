import { reachDatabase } from '../database/reach.js';
import { statistics } from '../database/statistics.js';
import { columns, type Command } from './command.js';

export const stats: Command = {
  about: 'How much there is of everything.',
  args: [],
  async run({ config, say }) {
    const database = await reachDatabase(config, say);
    try {
      const data = await statistics(database.url);
      const { users, rooms, messages, tables } = data;
      const text = columns([
        ['users', `${users.all} (${users.admins} admins, ${users.disabled} disabled, ${users.seenLast30Days} seen in the last 30 days)`],
        ['sessions', `${data.liveSessions} live`],
        ['rooms', `${rooms.public} public, ${rooms.private} private, ${rooms.direct} private chats; ${rooms.archived} of them archived`],
        ['messages', `${messages.all} (${messages.tombstones} of them tombstones), the latest ${messages.latest ?? 'never'}`],
        ['database', `${size(data.databaseBytes)}, schema ${data.latestMigration ?? 'none'}`],
        ...tables.map(({ table, bytes, indexBytes }) => [`  ${table}`, `${size(bytes)} and ${size(indexBytes)} of indexes`] as const),
      ]);
      return { text, data };
    } finally {
      await database.close();
    }
  },
};

function size(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${['B', 'KB', 'MB', 'GB', 'TB'][power]}`;
}
