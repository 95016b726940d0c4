import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds who came to a room or went in the last minute, for a node that may have missed it. Read markers do not touch it. */
export class MembershipMoves1763660000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX memberships_moves ON memberships (greatest(joined_at, left_at, banned_at))`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX memberships_moves`);
  }
}
