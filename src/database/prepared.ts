import type { ClientBase, QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';
import { LeanQuery, type LeanStatement } from './lean-query.js';
import { poolOf, withConnection } from './pool.js';

export interface Prepared {
  name: string;
  text: string;
  values: unknown[];
}

/**
 * Runs a hot statement that each connection plans only once: planning it would cost more than running it. It goes straight to the pool of
 * the data source, for a query runner of TypeORM's would be made for nothing.
 */
export function prepared<Row extends QueryResultRow>(db: DataSource, statement: Prepared): Promise<Row[]> {
  return withConnection(poolOf(db), (client) => rowsOf<Row>(client, statement));
}

/** The same on a connection that is there. */
export async function rowsOf<Row extends QueryResultRow>(client: ClientBase, statement: Prepared): Promise<Row[]> {
  return (await client.query<Row>(statement)).rows;
}

/** The same for the hottest of all, and for what comes in many rows: these as text, column by column. */
export function leanRows(db: DataSource, statement: LeanStatement): Promise<(string | null)[][]> {
  return withConnection(poolOf(db), (client) => leanRowsOf(client, statement));
}

/** The same on a connection that is there. */
export function leanRowsOf(client: ClientBase, statement: LeanStatement): Promise<(string | null)[][]> {
  return new Promise((resolve, reject) => {
    client.query(new LeanQuery(statement, (error, rows = []) => {
      if (error === null) resolve(rows);
      else reject(error);
    }));
  });
}
