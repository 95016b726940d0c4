import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { Message, maxCount } from './message.dto.js';
import { Cursor } from './page.dto.js';
import { User } from './user.dto.js';
import { Member, MyRoom, Position } from './room.dto.js';
import { ById, Id, Ids, Optional } from './fields.js';

/** What a client holds of one room. */
export class Have {
  @Id({ example: '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b51' })
  epoch: string;

  /** Everything up to this revision. @example 57 */
  @IsInt()
  @Min(0)
  @Max(maxCount)
  @ApiProperty({ type: 'integer' })
  rev: number;
}

export class SyncDto {
  /**
   * What you hold, by room id: up to 1,000 rooms. Rooms that you do not name come with their newest page.
   * With a cursor, only the rooms that follow it count.
   */
  @Optional()
  @ById()
  @ApiPropertyOptional({ type: 'object', additionalProperties: { $ref: '#/components/schemas/Have' }, example: { '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f': { epoch: '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b51', rev: 57 } } })
  rooms?: Record<string, Have>;

  /** `nextCursor` of the page before. @example "WyIwMTlhOWY2ZS01YjFjLTdjYzMtOWQ1ZS0wZjZhM2MxZDJiNGYiLCIiLDBd" */
  @Cursor()
  cursor?: string;

  /**
   * No room after this one. When you hold more rooms than you name here, sort them by id, name the first of them,
   * and stop at the last one that you name. @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f"
   */
  @Optional()
  @Id({ required: false })
  until?: string;

  /** Only these rooms, whether you hold them or not. @example ["019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f"] */
  @Optional()
  @Ids({ max: 100 })
  only?: string[];

  /** How many changes of one room at most. A room that has more of them goes on with the next page. */
  @Optional()
  @IsInt()
  @Min(1)
  @Max(1000)
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1000, default: 200, required: false })
  limit?: number;
}

/** What changed in one room. */
export class RoomChanges extends MyRoom {
  position: Position;

  /** Changes after this revision … @example 57 */
  @ApiProperty({ type: 'integer' })
  from: number;

  /** … up to this one. After applying them you hold everything up to here. @example 60 */
  @ApiProperty({ type: 'integer' })
  to: number;

  /** It goes on with the next page, or when you ask again with `to`. */
  hasMore: boolean;

  /** Changed messages in their latest state, oldest change first. */
  messages: Message[];

  /** Changed members in their latest state, oldest change first. */
  members: Member[];

  /** Set when there was nothing to go on from: forget what you hold of this room; `messages` is its newest page: up to fifty, fewer when they are long. */
  @ApiProperty({ enum: ['new', 'epoch'], required: false })
  reset?: 'new' | 'epoch';
}

/** A page stays below 1 MB and shows 400 rooms at most, in the order of their ids. */
export class SyncReply {
  rooms: RoomChanges[];

  /** Rooms that you named, that this page covers, and that you are not in. @example [] */
  left: string[];

  /** Of rooms with something new, who wrote the messages, and the partners in private chats: as many as fit. Fetch the others with `fetch_users`. */
  users: User[];

  /** Ask for the next page with it; null: every room was covered. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
