import { createDataSource } from './data-source.js';

/** How much there is of everything. */
export interface Statistics {
  databaseBytes: number;
  tables: { table: string; bytes: number; indexBytes: number }[];
  users: { all: number; admins: number; disabled: number; seenLast30Days: number };
  liveSessions: number;
  rooms: { public: number; private: number; direct: number; archived: number };
  messages: { all: number; tombstones: number; latest: string | null };
  latestMigration: string | null;
}

const sql = `
SELECT json_build_object(
  'databaseBytes', pg_database_size(current_database()),
  'tables', (SELECT json_agg(json_build_object('table', relname, 'bytes', pg_table_size(oid), 'indexBytes', pg_indexes_size(oid)) ORDER BY pg_total_relation_size(oid) DESC)
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname = ANY($1)),
  'users', (SELECT json_build_object('all', count(*), 'admins', count(*) FILTER (WHERE role = 'admin'), 'disabled', count(disabled_at),
    'seenLast30Days', count(*) FILTER (WHERE last_seen_at > now() - interval '30 days')) FROM users),
  'liveSessions', (SELECT count(*) FROM sessions WHERE revoked_at IS NULL AND expires_at > now()),
  'rooms', (SELECT json_build_object('public', count(*) FILTER (WHERE kind = 'public'), 'private', count(*) FILTER (WHERE kind = 'private'),
    'direct', count(*) FILTER (WHERE kind = 'direct'), 'archived', count(archived_at)) FROM rooms),
  'messages', json_build_object('all', (SELECT coalesce(sum(last_seq), 0) FROM rooms), 'tombstones', (SELECT count(*) FROM messages WHERE deleted_at IS NOT NULL),
    'latest', (SELECT max(last_message_at) FROM rooms)),
  'latestMigration', (SELECT name FROM migrations ORDER BY timestamp DESC LIMIT 1)) AS statistics`;

export async function statistics(url: string): Promise<Statistics> {
  const db = await createDataSource({ url, pool: 1, statementTimeout: 0, name: 'verbatim statistics' }).initialize();
  try {
    const found: { there: boolean }[] = await db.query(`SELECT to_regclass('migrations') IS NOT NULL AS there`);
    if (found[0]?.there !== true) throw new Error('This database has none of our tables yet: a server makes them when it starts.');
    const rows: { statistics: Statistics }[] = await db.query(sql, [db.entityMetadatas.map(({ tableName }) => tableName)]);
    return rows[0].statistics;
  } finally {
    await db.destroy();
  }
}
