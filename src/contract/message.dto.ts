import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { Id, momentForm, Optional, QueryInteger } from './fields.js';

/** The greatest whole number that JSON carries exactly everywhere. */
export const maxCount = Number.MAX_SAFE_INTEGER;

/** Who reacted to a message with one emoji. */
export class Reaction {
  /** @example "👍" */
  emoji: string;

  /** How many people did. @example 1 */
  @ApiProperty({ type: 'integer' })
  count: number;

  /** Who, in the order in which they did; the first hundred. */
  userIds: string[];
}

/** One message. Deleted ones keep their number: `text` is then null and `deletedAt` is set. */
export class Message {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f" */
  @ApiProperty({ format: 'uuid' })
  roomId: string;

  /** Its number in the room: 1, 2, 3 … without holes. Order, paging and unread counts use it. @example 42 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** The room's revision at which this message last changed. Catching up uses it. @example 57 */
  @ApiProperty({ type: 'integer' })
  rev: number;

  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50" */
  @ApiProperty({ format: 'uuid' })
  senderId: string;

  /** The id that its sender gave it. @example "2f1c9a54-6d0e-4b1f-8a3b-7c5d9e0f1a2b" */
  @ApiProperty({ format: 'uuid' })
  clientId: string;

  /** Null once deleted. @example "hello world!" */
  @ApiProperty({ type: 'string', nullable: true })
  text: string | null;

  /** `seq` of the message that this one answers. */
  @ApiProperty({ type: 'integer', nullable: true })
  replyTo: number | null;

  reactions: Reaction[];

  /** Server time to the microsecond, strictly increasing within a room. @example "2026-11-20T09:30:00.123456Z" */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

    @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  editedAt: string | null;

    @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  deletedAt: string | null;
}

/** A page of history, oldest first. */
export class MessagePage {
  messages: Message[];

  hasMoreBefore: boolean;

  hasMoreAfter: boolean;
}

/** The text of a message: 1 to 4,000 characters, stored as sent. */
function MessageText(): PropertyDecorator {
  return (target, property) => {
    ApiProperty({ type: 'string', minLength: 1, maxLength: 4000, example: 'hello world!' })(target, property);
    IsString()(target, property);
    MinLength(1)(target, property);
    MaxLength(4000)(target, property);
    Matches(/[^\s\p{Cf}]/u, { context: { code: 'too_short' } })(target, property);
  };
}

class NewMessage {
  @MessageText()
  text: string;

  /** `seq` of the message that this one answers. */
  @Optional()
  @IsInt()
  @Min(1)
  @Max(maxCount)
  @ApiProperty({ type: 'integer', required: false })
  replyTo?: number;
}

export class SendToRoomDto extends NewMessage {
  /** Makes sending safe to repeat: the same id always means the same message. One is made when absent. The header `Idempotency-Key` may stand for it.
   * @example "2f1c9a54-6d0e-4b1f-8a3b-7c5d9e0f1a2b" */
  @Optional()
  @Id({ required: false })
  clientId?: string;
}

/** Neither `roomId` nor `receiverId`: to the lobby. */
export class SendDto extends SendToRoomDto {
  @Optional()
  @Id({ required: false })
  roomId?: string;

  /** To the private chat with this person, which is made if need be. */
  @Optional()
  @Id({ required: false })
  receiverId?: string;
}

/** Over a socket the sender always makes the id: the answer may be lost, and then the same id is sent again. */
export class SocketSendDto extends NewMessage {
  /** @example "2f1c9a54-6d0e-4b1f-8a3b-7c5d9e0f1a2b" */
  @Id()
  clientId: string;

  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f" */
  @Optional()
  @Id({ required: false })
  roomId?: string;

  /** To the private chat with this person, which is made if need be. */
  @Optional()
  @Id({ required: false })
  receiverId?: string;
}

export class EditDto {
  @MessageText()
  text: string;

  /** Refuses with `stale_rev` when the message has changed since this revision. @example 57 */
  @Optional()
  @IsInt()
  @Min(1)
  @Max(maxCount)
  @ApiProperty({ type: 'integer', required: false })
  expectedRev?: number;
}

export class HistoryQuery {
  /** Messages before this `seq`. At most one of the four. */
  @QueryInteger({ min: 0, max: maxCount })
  before?: number;

  /** Messages after this `seq`. */
  @QueryInteger({ min: 0, max: maxCount })
  after?: number;

  /** Messages on both sides of this `seq`. */
  @QueryInteger({ min: 0, max: maxCount })
  around?: number;

  /** Messages before this moment. @example "2026-11-20T09:30:00.123456Z" */
  @Optional()
  @IsString()
  @Matches(momentForm)
  @ApiProperty({ required: false, pattern: momentForm.source })
  beforeTime?: string;

  @QueryInteger({ min: 1, max: 100, default: 50 })
  limit?: number;
}

export class MessageIdParam {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  @Id()
  id: string;
}

export class ReactionParam extends MessageIdParam {
  /** @example "👍" */
  @Emoji()
  emoji: string;
}

/** One emoji: something pictographic, up to sixteen code points with its modifiers. */
export function Emoji(): PropertyDecorator {
  return (target, property) => {
    ApiProperty({ type: 'string', minLength: 1, maxLength: 16, example: '👍' })(target, property);
    IsString()(target, property);
    MaxLength(16)(target, property);
    Matches(/^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)(?:\p{Emoji_Modifier}|\ufe0f|\u200d|\p{Extended_Pictographic}|[\u{e0020}-\u{e007f}])*$/u)(target, property);
  };
}

export class PeerIdParam {
  /** The other person. @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50" */
  @Id()
  userId: string;
}
