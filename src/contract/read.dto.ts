import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, Max, Min } from 'class-validator';
import { Optional, QueryInteger } from './fields.js';
import { maxCount } from './message.dto.js';
import { Cursor } from './page.dto.js';

export class ReadDto {
  /** I have read everything up to this `seq`. It never goes back. @example 42 */
  @IsInt()
  @Min(0)
  @Max(maxCount)
  @ApiProperty({ type: 'integer' })
  seq: number;
}

export class ReadState {
  /** @example 42 */
  @ApiProperty({ type: 'integer' })
  readSeq: number;

  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  unread: number;
}

export class RoomUnread extends ReadState {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f" */
  @ApiProperty({ format: 'uuid' })
  roomId: string;
}

export class UnreadTotals {
  /** Over all my rooms. @example 2 */
  @ApiProperty({ type: 'integer' })
  total: number;

  /** In the order of their ids. */
  rooms: RoomUnread[];

    @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

export class UnreadQuery {
  /** Count the rows instead of the counters; both must agree. */
  @Optional()
  @IsIn(['true', 'false'])
  @ApiProperty({ enum: ['true', 'false'], required: false, default: 'false' })
  verify?: 'true' | 'false';

  /** `nextCursor` of the page before. @example "WyIwMTlhOWY2ZS01YjFjLTdjYzMtOWQ1ZS0wZjZhM2MxZDJiNGYiXQ" */
  @Cursor()
  cursor?: string;

  /** How many rooms at most. */
  @QueryInteger({ min: 1, max: 1000, default: 1000 })
  limit?: number;
}
