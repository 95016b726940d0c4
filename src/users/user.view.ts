import type { OwnUser, User } from '../contract/user.dto.js';
import type { UserEntity } from './user.entity.js';

export function toUser(row: UserEntity, online: boolean): User {
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    avatarUrl: row.avatarUrl,
    role: row.role,
    disabled: row.disabledAt !== null,
    presence: { online, lastSeenAt: row.lastSeenAt?.toISOString() ?? null },
    createdAt: row.createdAt.toISOString(),
  };
}

export function toOwnUser(row: UserEntity, online: boolean): OwnUser {
  return { ...toUser(row, online), email: row.email, hasPassword: row.passwordHash !== null };
}
