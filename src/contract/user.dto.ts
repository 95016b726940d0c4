import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMinSize, IsBoolean, IsIn, IsString, IsUrl, Matches, MaxLength, MinLength, ValidateIf } from 'class-validator';
import { Id, Ids, OneLine, Optional, toId } from './fields.js';
import { PageQuery } from './page.dto.js';

export const userRoles = ['user', 'admin'] as const;
export type UserRole = (typeof userRoles)[number];
export const mostUserIds = 200;

/** 2–32 letters, digits and `. _ -`, beginning with a letter or digit. */
export function Username(docs: ApiPropertyOptions = {}): PropertyDecorator {
  return (target, property) => {
    OneLine({ min: 2, max: 32 }, { example: 'alice', ...docs })(target, property);
    Matches(/^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*$/u)(target, property);
  };
}

export class Presence {
  /** Whether this person is logged in and here now. */
  online: boolean;

  /** When this person was last here; null: never yet.
   * @example "2026-11-20T09:30:00.000Z" */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastSeenAt: string | null;
}

/** What everybody may know of a user. Never the e-mail address. */
export class User {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** Unique, compared without regard to case. @example "alice" */
  username: string;

  /** @example "Alice Archer" */
  name: string;

  /** @example "https://example.org/alice.png" */
  @ApiProperty({ type: 'string', nullable: true })
  avatarUrl: string | null;

  /** Rights on the whole server. */
  @ApiProperty({ enum: userRoles, enumName: 'UserRole' })
  role: UserRole;

  /** Whether an admin has switched this account off. */
  disabled: boolean;

  presence: Presence;

  /** @example "2026-11-20T09:30:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

/** What you may know of yourself. */
export class OwnUser extends User {
  /** Null: the identity provider has not verified one. @example "alice@example.org" */
  @ApiProperty({ type: 'string', nullable: true })
  email: string | null;

  /** False for an account that signs in only through an identity provider. */
  hasPassword: boolean;
}

export class UserPage {
  users: User[];

  /** Give it as `cursor` to get the next page; null: this was the last one.
   * @example "WzIsImFsaWNlIl0" */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

export class UserIdParam {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  @Id()
  id: string;
}

export class FetchUsersDto {
  /** @example ["019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b50"] */
  @Ids({ max: mostUserIds })
  @ArrayMinSize(1)
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'uuid' }, minItems: 1, maxItems: mostUserIds })
  ids: string[];
}

export class FetchedUsers {
  /** Those who exist, in the order of the ids. */
  users: User[];
}

export class UsersQuery extends PageQuery {
  /** These people, disabled ones too, instead of a list: separated by commas, and without `query`, `cursor` and `limit`. Unknown ids are missing in the answer. */
  @Optional()
  @Ids({ max: mostUserIds })
  @ArrayMinSize(1)
  @Transform(({ value }) => (typeof value === 'string' ? value.split(',').map((id) => toId(id) ?? id) : (value as unknown)))
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'uuid' }, minItems: 1, maxItems: mostUserIds, required: false })
  ids?: string[];

  /** Finds names and usernames that begin with this, then those that resemble it.
   * @example "ali" */
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  query?: string;
}

/** Every field is optional; what is absent stays as it is. */
export class UpdateMeDto {
  /** @example "Alice Archer" */
  @Optional()
  @OneLine({ max: 100 }, { required: false })
  name?: string;

  /** @example "alice" */
  @Optional()
  @Username({ required: false })
  username?: string;

  /** An https address, or null for none. @example "https://example.org/alice.png" */
  @ValidateIf((_, value) => value !== undefined && value !== null)
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @MaxLength(500)
  @ApiProperty({ type: 'string', nullable: true, required: false })
  avatarUrl?: string | null;
}

export class SetDisabledDto {
  @IsBoolean()
  disabled: boolean;
}

export class SetRoleDto {
  @IsIn(userRoles)
  @ApiProperty({ enum: userRoles, enumName: 'UserRole' })
  role: UserRole;
}
