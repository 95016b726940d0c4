import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';

/** The connections below TypeORM, which has no words of its own for them. */
export function poolOf({ driver }: DataSource): Pool {
  return (driver as unknown as { master: Pool }).master;
}

export async function withConnection<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
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
export function endsConnection(error: unknown): boolean {
  return !(error instanceof DatabaseError) || error.code?.startsWith('57P') === true;
}
