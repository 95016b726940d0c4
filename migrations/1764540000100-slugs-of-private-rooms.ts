import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A slug was unique over all rooms, so a refusal told strangers that a private room had it. Now it is unique among public rooms, and a private room's slug
 * is found by its members only.
 */
export class SlugsOfPrivateRooms1764540000100 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE rooms DROP CONSTRAINT rooms_slug_unique`);
    await db.query(`CREATE UNIQUE INDEX rooms_slug_unique ON rooms (slug) WHERE kind = 'public'`);
    await db.query(`CREATE INDEX rooms_slug ON rooms (slug)`);
  }

  /** Of rooms with the same slug the public one keeps it, otherwise the oldest. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE rooms SET slug = NULL WHERE id IN (
        SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY slug ORDER BY kind = 'public' DESC, created_at, id) AS n FROM rooms WHERE slug IS NOT NULL) AS same
        WHERE n > 1)`);
    await db.query(`DROP INDEX rooms_slug`);
    await db.query(`DROP INDEX rooms_slug_unique`);
    await db.query(`ALTER TABLE rooms ADD CONSTRAINT rooms_slug_unique UNIQUE (slug)`);
  }
}
