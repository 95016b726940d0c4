import { setTimeout as pause } from 'node:timers/promises';
import { Socket } from 'socket.io';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { poolOf } from '../../src/database/pool.js';
import type { TestServer } from './server.js';

/** Long enough for what runs at the same time to get ahead; and for work that waits for a lock which the paused one holds. */
const headStartMs = 12;
const patienceMs = 120;

type Query = (sql: string, values?: unknown[], structured?: boolean) => Promise<unknown>;

/**
 * Stops the server at one place where it waits: before and after every query, and after a socket joined channels. While it
 * stands still, other work is done; then it goes on.
 */
export class Pauses {
  private left = -1;
  private work: (() => Promise<unknown>) | undefined;
  private underWay: Promise<unknown> = Promise.resolve();
  private readonly undo: (() => void)[] = [];

  constructor(server: TestServer) {
    const db = server.app.get(DataSource);
    const createQueryRunner = db.createQueryRunner.bind(db);
    db.createQueryRunner = (mode) => this.slowed(createQueryRunner(mode));
    const pool = poolOf(db);
    const connect = pool.connect.bind(pool);
    // TypeORM gives a callback; without one it is a prepared statement, which goes straight to the pool.
    pool.connect = ((done?: never) => (done === undefined ? this.straight(connect()) : connect(done))) as Pool['connect'];
    const { join } = Socket.prototype;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the method that we stand in for has a `this` of its own
    const pauses = this;
    Socket.prototype.join = async function pausing(this: Socket, names): Promise<void> {
      await join.call(this, names);
      await pauses.point();
    };
    this.undo.push(() => { db.createQueryRunner = createQueryRunner; pool.connect = connect; Socket.prototype.join = join; });
  }

  /** Does the work at the nth place of whatever is asked. Tells whether there was such a place. */
  async at(place: number, work: () => Promise<unknown>, asked: () => Promise<unknown>): Promise<boolean> {
    this.left = place;
    this.work = work;
    await asked();
    const reached = this.work === undefined;
    this.work = undefined;
    await this.underWay;
    return reached;
  }

  end(): void {
    this.undo.forEach((undo) => { undo(); });
  }

  private slowed(runner: QueryRunner): QueryRunner {
    const query = runner.query.bind(runner) as Query;
    const slow: Query = async (sql, values, structured) => {
      await this.point();
      const rows = await query(sql, values, structured);
      await this.point();
      return rows;
    };
    return Object.assign(runner, { query: slow });
  }

  private async straight(connected: Promise<PoolClient>): Promise<PoolClient> {
    const client = await connected;
    const query = async (statement: QueryConfig): Promise<QueryResult> => {
      await this.point();
      const found = await client.query(statement);
      await this.point();
      return found;
    };
    const release: PoolClient['release'] = (broken) => { client.release(broken); };
    return Object.assign(Object.create(client) as PoolClient, { query, release, on: client.on.bind(client), off: client.off.bind(client) });
  }

  private async point(): Promise<void> {
    const { work } = this;
    if (work === undefined || this.left-- > 0) return;
    this.work = undefined;
    this.underWay = pause(headStartMs).then(work);
    await Promise.race([this.underWay, pause(patienceMs)]);
  }
}

/** Asks again and again, with the work done at the first place where the server waits, then at the second, until there are no more. */
export async function atEveryPlace(pauses: Pauses, round: (place: number, during: (work: () => Promise<unknown>, asked: () => Promise<unknown>) => Promise<void>) => Promise<void>): Promise<number> {
  for (let place = 0; place < 100; place += 1) {
    let reached = false;
    await round(place, async (work, asked) => { reached = await pauses.at(place, work, asked); });
    if (!reached) return place;
  }
  throw new Error('There is no end to the places where the server waits');
}
