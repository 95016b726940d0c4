import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How full a page gets when rows come in. What every message and every presence moves finds a place beside its old version then, and no index
 * hears of it; in full pages each such change went into another page and into all indexes. Pages that are there stay as they are until they are rewritten.
 */
const fullness = { rooms: 70, memberships: 80, users: 60, sessions: 60 };

export class SpaceForUpdates1764100000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const [table, percent] of Object.entries(fullness)) await db.query(`ALTER TABLE ${table} SET (fillfactor = ${percent})`);
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of Object.keys(fullness)) await db.query(`ALTER TABLE ${table} RESET (fillfactor)`);
  }
}
