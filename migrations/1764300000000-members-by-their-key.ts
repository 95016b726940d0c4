import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who is in a room is looked up by room and person, with every message. Where most rooms are small and most people in few of them, the planner takes either
 * of these indexes to be as good as the key for that, and one message in the large room, or of the one who is in many, then goes through all of their
 * entries. So the index of people has the room as well, and the index of changes is only for those who ask for revisions above none, which all are.
 */
export class MembersByTheirKey1764300000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await replace(db, 'memberships_user', '(user_id, room_id)');
    await replace(db, 'memberships_changes', '(room_id, rev) WHERE rev > 0');
  }

  async down(db: QueryRunner): Promise<void> {
    await replace(db, 'memberships_user', '(user_id)');
    await replace(db, 'memberships_changes', '(room_id, rev)');
  }
}

async function replace(db: QueryRunner, index: string, of: string): Promise<void> {
  await db.query(`DROP INDEX ${index}`);
  await db.query(`CREATE INDEX ${index} ON memberships ${of}`);
}
