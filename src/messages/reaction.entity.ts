import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

@Entity('reactions')
@ForeignKey('MessageEntity', ['roomId', 'seq'], ['roomId', 'seq'], { name: 'reactions_message_fkey', onDelete: 'CASCADE' })
export class ReactionEntity {
  @PrimaryColumn('uuid', { name: 'room_id', primaryKeyConstraintName: 'reactions_pkey' })
  roomId: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'reactions_pkey' })
  seq: string;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'reactions_pkey' })
  emoji: string;

  @ForeignKey('UserEntity', { name: 'reactions_user_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'reactions_pkey' })
  userId: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
