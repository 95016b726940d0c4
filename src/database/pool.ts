import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** The connections below TypeORM, which has no words of its own for them. */
export function poolOf({ driver }: DataSource): Pool {
  return (driver as unknown as { master: Pool }).master;
}
