import { DatabaseError, type PoolClient, type QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';
import { LeanQuery, type LeanStatement } from './lean-query.js';
import { poolOf } from './pool.js';

/**
 * Runs a hot statement that each connection plans only once: planning it would cost more than running it. It goes straight to the pool of
 * the data source, for a query runner of TypeORM's would be made for nothing.
 */
export function prepared<Row extends QueryResultRow>(db: DataSource, statement: { name: string; text: string; values: unknown[] }): Promise<Row[]> {
  return withConnection(db, async (client) => (await client.query<Row>(statement)).rows);
}

/** The same for the hottest of all: the rows as text, column by column. */
export function preparedLean(db: DataSource, statement: LeanStatement): Promise<(string | null)[][]> {
  return withConnection(db, (client) => new Promise((resolve, reject) => {
    client.query(new LeanQuery(statement, (error, rows = []) => {
      if (error === null) resolve(rows);
      else reject(error);
    }));
  }));
}

async function withConnection<Result>(db: DataSource, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await poolOf(db).connect();
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(endsConnection(error));
    throw error;
  }
}

/** The pool would give it to the next one before it hears that it has ended, or is still busy with what took too long. */
function endsConnection(error: unknown): boolean {
  return !(error instanceof DatabaseError) || error.code?.startsWith('57P') === true;
}
