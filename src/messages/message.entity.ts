import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Reaction } from '../contract/message.dto.js';

@Entity('messages')
@Unique('messages_id_unique', ['id'])
@Unique('messages_sent_once', ['senderId', 'clientId'])
@Index('messages_changes', ['roomId', 'rev'])
@Index('messages_tombstones', ['roomId', 'seq'], { where: 'deleted_at IS NOT NULL' })
export class MessageEntity {
  /** No foreign keys here: the statement that inserts has locked room and membership, which are bound to what they name. */
  @PrimaryColumn('uuid', { name: 'room_id', primaryKeyConstraintName: 'messages_pkey' })
  roomId: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'messages_pkey' })
  seq: string;

  @Column('uuid')
  id: string;

  @Column('bigint')
  rev: string;

  @Column('uuid', { name: 'sender_id' })
  senderId: string;

  @Column('uuid', { name: 'client_id' })
  clientId: string;

  @Column('text', { nullable: true })
  text: string | null;

  /** Of the text as first sent, so that a repeated send is recognised after an edit as well. */
  @Column('bigint', { name: 'first_text_hash' })
  firstTextHash: string;

  @Column('bigint', { name: 'reply_to_seq', nullable: true })
  replyToSeq: string | null;

  /** What the wire shows of the reactions, kept with the message so that a page of history needs no second table. */
  @Column('jsonb', { default: [] })
  reactions: Reaction[];

  @Column('timestamptz', { name: 'edited_at', nullable: true })
  editedAt: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
