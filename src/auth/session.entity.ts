import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** One login on one device. Its id is the `sid` in the access tokens. */
@Entity('sessions')
export class SessionEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id: string;

  @Index('sessions_user')
  @ForeignKey('UserEntity', { name: 'sessions_user_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'user_id' })
  userId: string;

  /** SHA-256 of the part that all refresh tokens of this session share: who knows it held one of them. */
  @Column('bytea', { name: 'family_hash' })
  familyHash: Buffer;

  /** SHA-256 of the refresh token that is good now. */
  @Column('bytea', { name: 'refresh_hash' })
  refreshHash: Buffer;

  /** SHA-256 of the one before it. */
  @Column('bytea', { name: 'previous_hash', nullable: true })
  previousHash: Buffer | null;

  @Column('timestamptz', { name: 'rotated_at' })
  rotatedAt: Date;

  @Column('text', { name: 'user_agent', nullable: true })
  userAgent: string | null;

  @Column('text', { nullable: true })
  ip: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;

  /** When its owner signed in at the identity provider again. */
  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  confirmedAt: Date | null;
}
