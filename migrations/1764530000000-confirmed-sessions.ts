import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the owner of a session signed in at the identity provider again, which allows to set a first password for a while. */
export class ConfirmedSessions1764530000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE sessions ADD COLUMN confirmed_at timestamptz`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE sessions DROP COLUMN confirmed_at`);
  }
}
