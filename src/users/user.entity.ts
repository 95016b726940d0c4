import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { UserRole } from '../contract/user.dto.js';

@Entity('users')
@Unique('users_username_unique', ['usernameKey'])
@Unique('users_email_unique', ['emailKey'])
export class UserEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id: string;

  /** As its owner writes it. */
  @Column('text')
  username: string;

  /** Folded: what must be unique. Bytewise collation, so that pages go on where they ended, on every PostgreSQL. */
  @Column({ type: 'text', name: 'username_key', collation: 'C' })
  usernameKey: string;

  @Column('text')
  name: string;

  /** Null: signs in through an identity provider that has not verified an address. */
  @Column('text', { nullable: true })
  email: string | null;

  @Column({ type: 'text', name: 'email_key', collation: 'C', nullable: true })
  emailKey: string | null;

  /** Null: signs in only through an identity provider. */
  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash: string | null;

  @Column('text', { default: 'user' })
  role: UserRole;

  @Column('text', { name: 'avatar_url', nullable: true })
  avatarUrl: string | null;

  /** Username and name without case and accents; the trigram index on it makes search fast. */
  @Index('users_search', { synchronize: false })
  @Column({ type: 'text', name: 'search_text', collation: 'C' })
  searchText: string;

  @Column('timestamptz', { name: 'last_seen_at', nullable: true })
  lastSeenAt: Date | null;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
