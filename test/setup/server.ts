import { Cluster } from './cluster.js';
import type { TestServer } from './in-process.js';

export type { TestServer };

/** How many nodes serve the tests. With several (`npm run test:cluster`) of any two people who connect each is at another node. */
export const nodeCount = Number(process.env.TEST_NODES ?? 1);

/** How long others may take to hear of what one node did. One alone takes no time at all. */
export const newsMs = nodeCount > 1 ? 5000 : 0;

/** The whole application on a database of its own, listening on a free port. Rate limits are off unless a test asks for them. */
export async function startServer(env: Record<string, string> = {}): Promise<TestServer> {
  if (nodeCount > 1) return await startNodes(env);
  const { startInProcess } = await import('./in-process.js'); // Loading it takes a second, for nothing where others serve.
  return await startInProcess(env);
}

/** The same as several processes: nothing can be looked at or replaced inside of them. */
async function startNodes(env: Record<string, string>): Promise<TestServer> {
  const cluster = await Cluster.start({ nodes: nodeCount, settings: { NODE_ENV: 'test', LOG_LEVEL: 'error', ...env } });
  const inside = (): never => { throw new Error('This test looks into the process of its server: test/cluster/suites.mjs lists such files'); };
  return {
    url: cluster.url,
    db: cluster.db,
    get app() { return inside(); },
    get config() { return inside(); },
    get dataSource() { return inside(); },
    close: () => cluster.close(),
  };
}
