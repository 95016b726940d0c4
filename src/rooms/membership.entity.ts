import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Role } from '../contract/room.dto.js';

/** Somebody's place in a room. The row stays when they leave: others must be able to learn of it however late they ask. */
@Entity('memberships')
@Index('memberships_changes', ['roomId', 'rev'], { where: 'rev > 0' })
@Index('memberships_user', ['userId', 'roomId'])
@Index('memberships_in_order', { synchronize: false })
@Index('memberships_moves', { synchronize: false })
export class MembershipEntity {
  @ForeignKey('RoomEntity', { name: 'memberships_room_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'room_id', primaryKeyConstraintName: 'memberships_pkey' })
  roomId: string;

  @ForeignKey('UserEntity', { name: 'memberships_user_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'memberships_pkey' })
  userId: string;

  @Column('text', { default: 'member' })
  role: Role;

  @Column('bigint', { name: 'read_seq', default: 0 })
  readSeq: string;

  @Column('bigint')
  rev: string;

  @Column('timestamptz', { name: 'joined_at', default: () => 'now()' })
  joinedAt: Date;

  @Column('timestamptz', { name: 'left_at', nullable: true })
  leftAt: Date | null;

  @Column('timestamptz', { name: 'banned_at', nullable: true })
  bannedAt: Date | null;
}
