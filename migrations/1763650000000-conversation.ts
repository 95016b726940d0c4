import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rooms, who is in them, and what was said. */
export class Conversation1763650000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await makeRooms(db);
    await makeMessages(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE reactions, messages, memberships, rooms`);
  }
}

async function makeRooms(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE rooms (
      id uuid CONSTRAINT rooms_pkey PRIMARY KEY,
      kind text NOT NULL,
      slug text CONSTRAINT rooms_slug_unique UNIQUE,
      name text NOT NULL,
      topic text NOT NULL DEFAULT '',
      search_text text COLLATE "C" NOT NULL DEFAULT '',
      direct_key text CONSTRAINT rooms_direct_unique UNIQUE,
      last_seq bigint NOT NULL DEFAULT 0,
      rev bigint NOT NULL DEFAULT 0,
      epoch uuid NOT NULL,
      last_message_at timestamptz,
      archived_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now()
    )`);
  await db.query(`CREATE INDEX rooms_search ON rooms USING gin (search_text gin_trgm_ops)`);
  await db.query(`
    CREATE TABLE memberships (
      room_id uuid NOT NULL CONSTRAINT memberships_room_fkey REFERENCES rooms ON DELETE CASCADE,
      user_id uuid NOT NULL CONSTRAINT memberships_user_fkey REFERENCES users ON DELETE CASCADE,
      role text NOT NULL DEFAULT 'member',
      read_seq bigint NOT NULL DEFAULT 0,
      rev bigint NOT NULL,
      joined_at timestamptz NOT NULL DEFAULT now(),
      left_at timestamptz,
      banned_at timestamptz,
      CONSTRAINT memberships_pkey PRIMARY KEY (room_id, user_id)
    )`);
  await db.query(`CREATE INDEX memberships_user ON memberships (user_id)`);
  await db.query(`CREATE INDEX memberships_changes ON memberships (room_id, rev)`);
}

async function makeMessages(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE messages (
      room_id uuid NOT NULL,
      seq bigint NOT NULL,
      id uuid NOT NULL CONSTRAINT messages_id_unique UNIQUE,
      rev bigint NOT NULL,
      sender_id uuid NOT NULL,
      client_id uuid NOT NULL,
      text text,
      first_text_hash bigint NOT NULL,
      reply_to_seq bigint,
      reactions jsonb NOT NULL DEFAULT '[]',
      edited_at timestamptz,
      deleted_at timestamptz,
      created_at timestamptz NOT NULL,
      CONSTRAINT messages_pkey PRIMARY KEY (room_id, seq),
      CONSTRAINT messages_sent_once UNIQUE (sender_id, client_id)
    )`);
  await db.query(`CREATE INDEX messages_changes ON messages (room_id, rev)`);
  await db.query(`CREATE INDEX messages_time ON messages (room_id, created_at)`);
  await db.query(`CREATE INDEX messages_tombstones ON messages (room_id, seq) WHERE deleted_at IS NOT NULL`);
  await db.query(`
    CREATE TABLE reactions (
      room_id uuid NOT NULL,
      seq bigint NOT NULL,
      emoji text COLLATE "C" NOT NULL,
      user_id uuid NOT NULL CONSTRAINT reactions_user_fkey REFERENCES users ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT reactions_pkey PRIMARY KEY (room_id, seq, emoji, user_id),
      CONSTRAINT reactions_message_fkey FOREIGN KEY (room_id, seq) REFERENCES messages ON DELETE CASCADE
    )`);
}
