import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsJWT, Max, MaxLength, Min, Validate, ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';
import { EditDto, Emoji, maxCount, Message } from './message.dto.js';
import { Member, Room } from './room.dto.js';
import { Id, Ids, isMoment, Optional, RoomRef } from './fields.js';

/** The bodies, answers and pushes that exist only on sockets. */
export class Nothing {}

export class JoinRoomDto {
  /** Id or slug. @example "lobby" */
  @RoomRef()
  room: string;

  /** How many earlier messages to bring. */
  @Optional()
  @IsInt()
  @Min(1)
  @Max(100)
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100, default: 15, required: false })
  limit?: number;

  /** How many of the members to bring, in the order of their list. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(200)
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 200, default: 50, required: false })
  members?: number;

  /** Make a public room of this name when there is none. */
  @Optional()
  @IsBoolean()
  create?: boolean;
}

export class RoomRefDto {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f" */
  @Id()
  roomId: string;
}

@ValidatorConstraint({ name: 'moment' })
class IsMoment implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'number') return Number.isFinite(value) && value >= 0 && value <= 8.64e15;
    return typeof value === 'string' && isMoment(value);
  }
}

export class FetchMessagesDto extends RoomRefDto {
  /** Messages before this moment, in milliseconds since 1970 or as ISO time; 0, now or absent: the newest. Go on with `nextTimestamp`. */
  @Optional()
  @Validate(IsMoment)
  @ApiProperty({ oneOf: [{ type: 'number', minimum: 0 }, { type: 'string', format: 'date-time' }], required: false, example: 0 })
  timestamp?: number | string;

  /** Messages before this `seq`, instead of a time. @example 28 */
  @Optional()
  @IsInt()
  @Min(1)
  @Max(maxCount)
  @ApiProperty({ type: 'integer', required: false })
  before?: number;

  @Optional()
  @IsInt()
  @Min(1)
  @Max(100)
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100, default: 15, required: false })
  limit?: number;
}

export class EditMessageDto extends EditDto {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  @Id()
  messageId: string;
}

export class MessageRefDto {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  @Id()
  messageId: string;
}

export class ReactDto extends MessageRefDto {
  /** @example "👍" */
  @Emoji()
  emoji: string;
}

export class MarkReadDto extends RoomRefDto {
  /** I have read everything up to this `seq`. It never goes back. @example 42 */
  @IsInt()
  @Min(0)
  @Max(maxCount)
  @ApiProperty({ type: 'integer' })
  seq: number;
}

export class TypingDto extends RoomRefDto {
  @IsBoolean()
  typing: boolean;
}

export class LookDto extends RoomRefDto {
  /** Whether it is on my screen. */
  @IsBoolean()
  looking: boolean;
}

export class WatchPresenceDto {
  /** Everybody whom this socket shows; none: nobody any more. */
  @Ids({ max: 200 })
  userIds: string[];
}

export class RefreshTokenDto {
  /** A newer access token of the same session. @example "eyJhbGciOiJIUzI1NiIs…" */
  @IsJWT()
  @MaxLength(2000)
  accessToken: string;
}

export class Sent {
  message: Message;

  /** Whether this id had been sent before; `message` is then the first one. */
  duplicate: boolean;
}

export class FetchedMessages {
  /** Oldest first. */
  messages: Message[];

  hasMore: boolean;

  /** `timestamp` for the page before this one; null: there is none. @example "2026-11-20T09:30:00.123456Z" */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  nextTimestamp: string | null;
}

export class MessageReply {
  message: Message;
}

export class TokenState {
  /** When this connection ends unless a newer token comes. @example "2026-11-20T09:45:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
}

class RoomPush {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f" */
  @ApiProperty({ format: 'uuid' })
  roomId: string;
}

class DurablePush extends RoomPush {
  /** Drop it when you hold this revision; apply it when it is the next one; else wait a moment for the missing one, then sync. @example 58 */
  @ApiProperty({ type: 'integer' })
  rev: number;
}

export class RoomUpdated extends DurablePush {
  room: Room;
}

export class MemberChanged extends DurablePush {
  member: Member;
}

export class RoomAdded extends RoomPush {
  room: Room;

  membership: Member;
}

export class RoomRemoved extends RoomPush {
  /** @example "left" */
  @ApiProperty({ enum: ['left', 'removed', 'banned'] })
  reason: 'left' | 'removed' | 'banned';
}

export class ReadMoved extends RoomPush {
  /** Who has read. @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50" */
  @ApiProperty({ format: 'uuid' })
  userId: string;

  /** @example 42 */
  @ApiProperty({ type: 'integer' })
  readSeq: number;
}

export class Typing extends RoomPush {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50" */
  @ApiProperty({ format: 'uuid' })
  userId: string;

  typing: boolean;
}

export class PresenceChanged {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50" */
  @ApiProperty({ format: 'uuid' })
  userId: string;

  online: boolean;

  /** @example "2026-11-20T09:30:00.000Z" */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastSeenAt: string | null;
}

export class PeoplePresence {
  /** Nobody of an id that is unknown. */
  people: PresenceChanged[];
}

export class RoomStats extends RoomPush {
  /** How many people are looking at the room now. @example 3 */
  @ApiProperty({ type: 'integer' })
  viewers: number;
}

export class Head extends RoomPush {
  /** @example 42 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** @example 57 */
  @ApiProperty({ type: 'integer' })
  rev: number;
}

export class SessionRevoked {
  /** Why: logout, logout_all, ended_by_user, password_changed, refresh_reused, account_disabled, ended_elsewhere. @example "logout" */
  reason: string;
}

export class ServerClosing {
  /** Come back after this many milliseconds. @example 1200 */
  @ApiProperty({ type: 'integer' })
  reconnectAfterMs: number;
}

export class RateLimited {
  /** Come back after this many milliseconds. @example 45000 */
  @ApiProperty({ type: 'integer' })
  retryAfterMs: number;
}
