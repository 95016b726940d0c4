import { Balancer } from './balancer.js';
import { freshDatabase, type TestDatabase } from './database.js';
import { RedisServer } from './redis.js';
import { ServerProcess } from './server-process.js';

export interface ClusterOptions {
  nodes?: number;
  /** What each node is told besides. */
  settings?: Record<string, string>;
  /** Whose new connections go only to nodes that say that they are ready. */
  readyAware?: boolean;
  /** `absent`: it may be started later. `none`: the nodes do not know of one, which is how a cluster is built wrong. */
  redis?: 'running' | 'absent' | 'none';
}

/** Several nodes, each a process of its own, that share a PostgreSQL and a Redis, behind a round-robin. */
export class Cluster {
  private constructor(readonly nodes: ServerProcess[], readonly redis: RedisServer, readonly db: TestDatabase, readonly balancer: Balancer) {}

  static async start({ nodes: count = 2, settings = {}, readyAware = false, redis: wanted = 'running' }: ClusterOptions = {}): Promise<Cluster> {
    const [db, redis] = await Promise.all([freshDatabase(), RedisServer.reserve()]);
    if (wanted === 'running') await redis.start();
    const shared = { DATABASE_URL: db.url, ...(wanted === 'none' ? {} : { REDIS_URL: redis.url }), ...settings };
    const nodes: ServerProcess[] = [];
    for (let n = 0; n < count; n += 1) nodes.push(await ServerProcess.in('.', shared));
    await Promise.all(nodes.map((node) => node.start()));
    return new Cluster(nodes, redis, db, await Balancer.to(nodes.map(({ url }) => url), { readyAware }));
  }

  /** Where people go. */
  get url(): string {
    return this.balancer.url;
  }

  get accidents(): string[] {
    return this.nodes.flatMap((node) => node.accidents);
  }

  /** What each node says of itself to those who ask whether it is ready. */
  async ready(): Promise<{ http: number; status: string }[]> {
    return await Promise.all(this.nodes.map(async ({ url }) => {
      const answer = await fetch(`${url}/health/ready`);
      return { http: answer.status, status: ((await answer.json()) as { status: string }).status };
    }));
  }

  async query<Row>(sql: string, values?: unknown[]): Promise<Row[]> {
    return await this.db.query<Row>(sql, values);
  }

  async close(): Promise<void> {
    await this.balancer.close();
    await Promise.all(this.nodes.map((node) => node.terminate()));
    await this.redis.stop();
    await this.db.drop();
  }
}
