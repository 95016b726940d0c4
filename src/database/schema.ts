import type { DataSource } from 'typeorm';

/** Columns, constraints and indexes as PostgreSQL itself describes them. */
export async function schemaOf(source: DataSource): Promise<string> {
  const columns: unknown = await source.query(
    `SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY 1, ordinal_position`);
  const constraints: unknown = await source.query(
    `SELECT conrelid::regclass::text AS "table", conname, pg_get_constraintdef(oid) AS rule FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`);
  const indexes: unknown = await source.query(`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`);
  return JSON.stringify({ columns, constraints, indexes });
}
