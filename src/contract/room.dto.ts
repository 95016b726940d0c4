import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength, MinLength, ValidateIf } from 'class-validator';
import { Id, Ids, OneLine, Optional, QueryInteger, RoomRef } from './fields.js';
import { Message } from './message.dto.js';
import { Cursor, PageQuery } from './page.dto.js';
import { User } from './user.dto.js';

export const roomKinds = ['public', 'private', 'direct'] as const;
export type RoomKind = (typeof roomKinds)[number];
export const roles = ['owner', 'moderator', 'member'] as const;
export type Role = (typeof roles)[number];

/** Where a room's timeline stands. */
export class Position {
  /** Identifies the timeline; another one means that history was lost and everything must be read anew. @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b51" */
  @ApiProperty({ format: 'uuid' })
  epoch: string;

  /** Number of the newest message. @example 42 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** The latest change. @example 57 */
  @ApiProperty({ type: 'integer' })
  rev: number;
}

export class Room {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f" */
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: roomKinds, enumName: 'RoomKind' })
  kind: RoomKind;

  /** A short name for addresses; null: none. @example "lobby" */
  @ApiProperty({ type: 'string', nullable: true })
  slug: string | null;

  /** Empty for a private chat of two, which is named after the other one. @example "Lobby" */
  name: string;

  /** @example "Everybody is here" */
  topic: string;

  position: Position;

  /** The two people of a private chat; null otherwise. */
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'uuid' }, nullable: true })
  userIds: string[] | null;

  /** @example "2026-11-20T09:30:00.123456Z" */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastMessageAt: string | null;

  /** Set once the room is closed for writing. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  archivedAt: string | null;

  /** @example "2026-11-20T09:30:00.123456Z" */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

/** Somebody's place in a room. Those who left or were banned stay on the list with the date. */
export class Member {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f" */
  @ApiProperty({ format: 'uuid' })
  roomId: string;

  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50" */
  @ApiProperty({ format: 'uuid' })
  userId: string;

  @ApiProperty({ enum: roles, enumName: 'Role', example: 'member' })
  role: Role;

  /** @example 3 */
  @ApiProperty({ type: 'integer' })
  rev: number;

  /** @example "2026-11-20T09:30:00.123456Z" */
  @ApiProperty({ format: 'date-time' })
  joinedAt: string;

    @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  leftAt: string | null;

    @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  bannedAt: string | null;
}

/** A room as one of its members sees it. */
export class MyRoom {
  room: Room;

  membership: Member;

  /** Up to here I have read. @example 40 */
  @ApiProperty({ type: 'integer' })
  readSeq: number;

  /** Messages after that, without the deleted ones. @example 2 */
  @ApiProperty({ type: 'integer' })
  unread: number;

  @ApiProperty({ type: () => Message, nullable: true })
  lastMessage: Message | null;
}

export class MyRooms {
  rooms: MyRoom[];

  /** Null: there are no more. A page stays below 1 MB, and may therefore show fewer rooms than it was asked for. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

export class MyRoomsQuery {
  /** `nextCursor` of the page before. @example "WyIyMDI2LTExLTIwVDA5OjMwOjAwLjEyMzQ1NloiLCIwMTlhOWY2ZS01YjFjLTdjYzMtOWQ1ZS0wZjZhM2MxZDJiNGYiXQ" */
  @Cursor()
  cursor?: string;

  /** How many at most. */
  @QueryInteger({ min: 1, max: 200, default: 200 })
  limit?: number;
}

export class PublicRoom {
  room: Room;

  /** @example 12 */
  @ApiProperty({ type: 'integer' })
  memberCount: number;

  /** Whether I am in it. */
  joined: boolean;
}

export class PublicRoomPage {
  rooms: PublicRoom[];

    @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** What whoever joins sees: the room, its newest messages, who is in it and who they all are. */
export class JoinedRoom {
  room: Room;

  messages: Message[];

  position: Position;

  /** The first fifty, or as many as were asked for, in the order of the list of members: owners, moderators, members. */
  members: Member[];

  /** Who wrote the messages, and who the members are. */
  users: User[];

  /** Whether there are older messages. */
  hasMore: boolean;
}

export class MemberPage {
  members: Member[];

  /** Who they are, in the same order. */
  users: User[];

  /** How many there are on all pages together. @example 2 */
  @ApiProperty({ type: 'integer' })
  total: number;

    @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** 1–50 small letters, digits and hyphens; not in the form of an id. */
function Slug(): PropertyDecorator {
  return (target, property) => {
    IsString()(target, property);
    MinLength(1)(target, property);
    MaxLength(50)(target, property);
    Matches(/^(?![0-9a-f]{8}-[0-9a-f]{4}-)[a-z0-9]+(-[a-z0-9]+)*$/)(target, property);
  };
}

export class CreateRoomDto {
  /** @example "Tea" */
  @OneLine({ max: 100 })
  name: string;

  /** Public rooms can be found and joined by everybody. */
  @IsIn(['public', 'private'])
  @ApiProperty({ enum: ['public', 'private'], example: 'public' })
  kind: 'public' | 'private';

  /** @example "tea" */
  @Optional()
  @Slug()
  slug?: string;

  /** @example "Anything about tea" */
  @Optional()
  @OneLine({ min: 0, max: 250 }, { required: false })
  topic?: string;

  /** Who is in it from the start, besides me. @example [] */
  @Optional()
  @Ids({ max: 100 })
  memberIds?: string[];
}

export class UpdateRoomDto {
  /** @example "Tea and cake" */
  @Optional()
  @OneLine({ max: 100 }, { required: false })
  name?: string;

  /** @example "Anything about tea and cake" */
  @Optional()
  @OneLine({ min: 0, max: 250 }, { required: false })
  topic?: string;

  /** Null: none. @example "tea" */
  @ValidateIf((_, value) => value !== undefined && value !== null)
  @Slug()
  @ApiProperty({ type: 'string', nullable: true, required: false, minLength: 1, maxLength: 50 })
  slug?: string | null;
}

export class RoomRefParam {
  /** Id or slug. @example "lobby" */
  @RoomRef()
  id: string;
}

export class MemberParam extends RoomRefParam {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50" */
  @Id()
  userId: string;
}

export class AddMemberDto {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50" */
  @Id()
  userId: string;
}

export class UpdateMemberDto {
  @IsIn(roles)
  @ApiProperty({ enum: roles, enumName: 'Role', example: 'moderator' })
  role: Role;
}

export class RemoveMemberQuery {
  /** Also bar the way back. */
  @Optional()
  @IsIn(['true', 'false'])
  @ApiProperty({ enum: ['true', 'false'], required: false, default: 'false' })
  ban?: 'true' | 'false';
}

export class PublicRoomsQuery extends PageQuery {
  /** Words in name, slug or topic. @example "tea" */
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  query?: string;
}

export class MembersQuery extends PageQuery {
  /** The beginning of a name or username. @example "ali" */
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  query?: string;
}
