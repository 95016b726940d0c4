import type { User } from '@verbatim/client';

interface MonogramProps {
  user: User | undefined;
  size?: 'small' | 'large';
}

/** Initials. Pictures stay on their servers: looking at a room must not tell a stranger's server that one did. */
export function Monogram({ user, size }: MonogramProps) {
  return (
    <span className={`monogram ${size ?? ''}`} aria-hidden="true">
      {initials(user?.name ?? '')}
      {user?.presence.online === true && <span className="here" />}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...(word ?? '')][0] ?? '').join('').toLocaleUpperCase();
}
