import type { OwnUser, User } from '../contract/user.dto.js';
import type { Profile } from '../database/wire.js';
import type { UserEntity } from './user.entity.js';

export function toProfile(row: UserEntity): Profile {
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    avatarUrl: row.avatarUrl,
    role: row.role,
    disabled: row.disabledAt !== null,
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

export function toUser({ lastSeenAt, createdAt, ...profile }: Profile, online: boolean): User {
  return { ...profile, presence: { online, lastSeenAt }, createdAt };
}

export function toOwnUser(row: UserEntity, online: boolean): OwnUser {
  return { ...toUser(toProfile(row), online), email: row.email, hasPassword: row.passwordHash !== null };
}
