import type { Session } from '../contract/auth.dto.js';
import type { SessionEntity } from './session.entity.js';

/** `endedAt` is null unless the session was ended; it may still have expired. */
export type PastSession = Session & { endedAt: string | null };

export function toSession(row: SessionEntity, currentSid: string): Session {
  return {
    id: row.id,
    current: row.id === currentSid,
    userAgent: row.userAgent,
    ip: row.ip,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}
