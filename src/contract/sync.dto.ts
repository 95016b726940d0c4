import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { Message, maxCount } from './message.dto.js';
import { Member, MyRoom, Position } from './room.dto.js';
import { ById, Id, Optional } from './fields.js';

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
  /** What you hold, by room id. Rooms that you do not name come with their newest page. */
  @Optional()
  @ById()
  @ApiPropertyOptional({ type: 'object', additionalProperties: { $ref: '#/components/schemas/Have' }, example: { '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f': { epoch: '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b51', rev: 57 } } })
  rooms?: Record<string, Have>;

  /** How many changes of each room at most; ask again while `hasMore`. */
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

  /** Ask again, with `to`. */
  hasMore: boolean;

  /** Changed messages in their latest state, oldest change first. */
  messages: Message[];

  /** Changed members in their latest state, oldest change first. */
  members: Member[];

  /** Set when there was nothing to go on from: forget what you hold of this room; `messages` is its newest page. */
  @ApiProperty({ enum: ['new', 'epoch'], required: false })
  reset?: 'new' | 'epoch';
}

export class SyncReply {
  rooms: RoomChanges[];

  /** Rooms that you named and are no longer in. @example [] */
  left: string[];
}
