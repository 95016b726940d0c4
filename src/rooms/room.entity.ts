import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { RoomKind } from '../contract/room.dto.js';

@Entity('rooms')
@Index('rooms_slug_unique', ['slug'], { unique: true, where: `kind = 'public'` })
@Index('rooms_slug', ['slug'])
@Unique('rooms_direct_unique', ['directKey'])
export class RoomEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'rooms_pkey' })
  id: string;

  @Column('text')
  kind: RoomKind;

  @Column('text', { nullable: true })
  slug: string | null;

  @Column('text')
  name: string;

  @Column('text', { default: '' })
  topic: string;

  @Index('rooms_search', { synchronize: false })
  @Column({ type: 'text', name: 'search_text', collation: 'C', default: '' })
  searchText: string;

  /** The two people of a private chat, in order: what makes it the only one. */
  @Column('text', { name: 'direct_key', nullable: true })
  directKey: string | null;

  @Column('bigint', { name: 'last_seq', default: 0 })
  lastSeq: string;

  @Column('bigint', { default: 0 })
  rev: string;

  @Column('uuid')
  epoch: string;

  @Column('timestamptz', { name: 'last_message_at', nullable: true })
  lastMessageAt: Date | null;

  @Column('timestamptz', { name: 'archived_at', nullable: true })
  archivedAt: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
