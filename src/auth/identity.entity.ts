import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Somebody's account at an identity provider, and the user it signs in. */
@Entity('identities')
export class IdentityEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'identities_pkey' })
  provider: string;

  /** The provider's own name for the person; unlike an e-mail address it never moves to somebody else. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'identities_pkey' })
  subject: string;

  @Index('identities_user')
  @ForeignKey('UserEntity', { name: 'identities_user_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'user_id' })
  userId: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
