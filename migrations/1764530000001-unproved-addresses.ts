import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An address that its provider has not verified is not stored: otherwise it would keep its true owner out. */
export class UnprovedAddresses1764530000001 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE users ALTER COLUMN email DROP NOT NULL, ALTER COLUMN email_key DROP NOT NULL`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`UPDATE users SET email = id || '@unknown.invalid', email_key = id || '@unknown.invalid' WHERE email IS NULL`);
    await db.query(`ALTER TABLE users ALTER COLUMN email SET NOT NULL, ALTER COLUMN email_key SET NOT NULL`);
  }
}
