import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Times rise with the numbers of a room, and so are found by these (src/messages/history.repository.ts): one index less for each message to be entered into. */
export class NoIndexOfTimes1764200000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX messages_time`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX messages_time ON messages (room_id, created_at)`);
  }
}
