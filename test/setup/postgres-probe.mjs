// A process that does nothing but hold an embedded PostgreSQL, for tests that kill it, race it or press Ctrl-C on it. It is
// copied into an installation of its own (see embedded-installation.ts) and reports one JSON object per line.
import pg from 'pg';

const [dataDir, manner] = process.argv.slice(2);
const tell = (news) => process.stdout.write(`${JSON.stringify(news)}\n`);

if (process.env.PROBE_PLATFORM) Object.defineProperty(process, 'platform', { value: process.env.PROBE_PLATFORM });
const { startEmbeddedPostgres } = await import('./dist/src/database/embedded-postgres.js');

async function ask(url, sql) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

try {
  tell({ hello: process.pid });
  const server = await startEmbeddedPostgres({ dataDir, durable: false, log: (log) => tell({ log }) });
  // A real query, and not only the promise: the whole way in has to be open.
  const [{ notes }] = await ask(
    server.url,
    `CREATE TABLE IF NOT EXISTS notes (text text); INSERT INTO notes VALUES ('kept');`,
  ).then(() => ask(server.url, 'SELECT count(*)::int AS notes FROM notes'));
  if (manner === 'drain') process.on('SIGINT', () => void drain(server));
  if (manner !== 'leave') setInterval(() => {}, 60_000);
  // Last, since the tests signal us as soon as they read it.
  tell({ ready: { pid: server.pid, url: server.url, socketDir: server.socketDir, notes } });
} catch (error) {
  tell({ error: error.message });
  process.exit(1);
}

/** What the app does on Ctrl-C: it goes on working for a moment, and stops PostgreSQL last. */
async function drain(server) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  tell({ drained: await ask(server.url, 'SELECT count(*)::int AS notes FROM notes').catch((error) => error.message) });
  await server.stop();
  tell({ stopped: true });
  process.exit(0);
}
