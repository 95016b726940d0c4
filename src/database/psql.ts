// `npm run db:psql`: a psql on DATABASE_URL, or on the embedded server of DATA_DIR, which is started for the occasion if need be.
// Further arguments go to psql: npm run db:psql -- -c 'SELECT count(*) FROM messages'
import { spawn } from 'node:child_process';
import { reachDatabase } from './reach.js';

const missing =
  'There is no psql on the PATH: install the PostgreSQL client (Debian: apt install postgresql-client; macOS: brew install libpq).';

async function main(): Promise<void> {
  const database = await reachDatabase({ DATABASE_URL: process.env.DATABASE_URL || undefined, DATA_DIR: process.env.DATA_DIR || './data' }, console.error);
  try {
    process.exitCode = await psql(database.url);
  } finally {
    await database.close();
  }
}

function psql(databaseUrl: string): Promise<number> {
  const url = new URL(databaseUrl);
  // Everyone on the machine can read arguments; the environment only its owner.
  const env = url.password ? { ...process.env, PGPASSWORD: decodeURIComponent(url.password) } : process.env;
  url.password = '';
  // Ctrl-C belongs to psql, where it cancels a query.
  process.on('SIGINT', () => {});
  return new Promise((resolve, reject) => {
    const child = spawn('psql', ['--dbname', url.href, ...process.argv.slice(2)], { env, stdio: 'inherit' });
    child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new Error(missing) : error));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
