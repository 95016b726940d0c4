import type { ClientBase, QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';

/** Runs a hot statement that each connection plans only once: planning it would cost more than running it. */
export async function prepared<Row extends QueryResultRow>(db: DataSource, statement: { name: string; text: string; values: unknown[] }): Promise<Row[]> {
  const runner = db.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    return (await client.query<Row>(statement)).rows;
  } finally {
    await runner.release();
  }
}
