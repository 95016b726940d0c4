import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A one-time code that a browser brings back from the identity provider and exchanges for our tokens. */
@Entity('sign_in_codes')
export class SignInCodeEntity {
  @PrimaryColumn('bytea', { name: 'code_hash', primaryKeyConstraintName: 'sign_in_codes_pkey' })
  codeHash: Buffer;

  @ForeignKey('UserEntity', { name: 'sign_in_codes_user_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'user_id' })
  userId: string;

  /** Set when only the one who began the sign-in may end it. */
  @Column('text', { nullable: true })
  challenge: string | null;

  @Index('sign_in_codes_expiry')
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
