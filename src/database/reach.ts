import { findRunning, startEmbeddedPostgres } from './embedded-postgres.js';

export interface Reached {
  url: string;
  close(): Promise<void>;
}

/** The database as it is, for whoever is not the server: the one of the settings, or our own, which is started for the occasion unless a server runs it. */
export async function reachDatabase(settings: { DATABASE_URL?: string; DATA_DIR: string }, say: (line: string) => void): Promise<Reached> {
  const known = settings.DATABASE_URL ?? findRunning(settings.DATA_DIR);
  if (known !== null) return { url: known, close: () => Promise.resolve() };
  const started = await startEmbeddedPostgres({ dataDir: settings.DATA_DIR, log: say });
  return { url: started.url, close: () => started.stop() };
}
