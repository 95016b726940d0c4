import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People, how they sign in, and the devices on which they are logged in. */
export class Accounts1763640000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE EXTENSION IF NOT EXISTS pg_trgm`);
    await db.query(`
      CREATE TABLE users (
        id uuid CONSTRAINT users_pkey PRIMARY KEY,
        username text NOT NULL,
        username_key text COLLATE "C" NOT NULL CONSTRAINT users_username_unique UNIQUE,
        name text NOT NULL,
        email text NOT NULL,
        email_key text COLLATE "C" NOT NULL CONSTRAINT users_email_unique UNIQUE,
        password_hash text,
        role text NOT NULL DEFAULT 'user',
        avatar_url text,
        search_text text COLLATE "C" NOT NULL,
        last_seen_at timestamptz,
        disabled_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await db.query(`CREATE INDEX users_search ON users USING gin (search_text gin_trgm_ops)`);
    await db.query(`
      CREATE TABLE identities (
        provider text NOT NULL,
        subject text NOT NULL,
        user_id uuid NOT NULL CONSTRAINT identities_user_fkey REFERENCES users ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT identities_pkey PRIMARY KEY (provider, subject)
      )`);
    await db.query(`CREATE INDEX identities_user ON identities (user_id)`);
    await db.query(`
      CREATE TABLE sessions (
        id uuid CONSTRAINT sessions_pkey PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT sessions_user_fkey REFERENCES users ON DELETE CASCADE,
        family_hash bytea NOT NULL,
        refresh_hash bytea NOT NULL,
        previous_hash bytea,
        rotated_at timestamptz NOT NULL,
        user_agent text,
        ip text,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
      )`);
    await db.query(`CREATE INDEX sessions_user ON sessions (user_id)`);
    await db.query(`
      CREATE TABLE sign_in_codes (
        code_hash bytea CONSTRAINT sign_in_codes_pkey PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT sign_in_codes_user_fkey REFERENCES users ON DELETE CASCADE,
        challenge text,
        expires_at timestamptz NOT NULL
      )`);
    await db.query(`CREATE INDEX sign_in_codes_expiry ON sign_in_codes (expires_at)`);
  }

  /** The extension stays: somebody else in the same database may use it. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE sign_in_codes, sessions, identities, users`);
  }
}
