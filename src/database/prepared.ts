import type { QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from './pool.js';

/**
 * Runs a hot statement that each connection plans only once: planning it would cost more than running it. It goes straight to the pool of
 * the data source, for a query runner of TypeORM's would be made for nothing.
 */
export async function prepared<Row extends QueryResultRow>(db: DataSource, statement: { name: string; text: string; values: unknown[] }): Promise<Row[]> {
  const client = await poolOf(db).connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    client.release();
  }
}
