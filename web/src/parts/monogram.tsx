import type { User } from '@verbatim/client';
import { initials } from './initials';

interface MonogramProps {
  user: User | undefined;
  size?: 'small' | 'large';
}

/** Initials. Pictures stay on their servers: looking at a room must not tell a stranger's server that one did. */
export function Monogram({ user, size }: MonogramProps) {
  return (
    <span className={`monogram ${size ?? ''}`} aria-hidden="true">
      {user !== undefined && initials(user.name, user.username)}
      {user?.presence.online === true && <span className="here" />}
    </span>
  );
}
