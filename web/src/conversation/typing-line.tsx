import type { RoomHandle } from '@verbatim/client';
import { usePeople } from '../chat/context';

/** Keeps its place when nobody types, so that nothing moves. */
export function TypingLine({ room: { typing } }: { room: RoomHandle }) {
  const people = usePeople();
  const names = typing.slice(0, 3).map((id) => people.get(id)?.name ?? 'Somebody');
  return (
    <div className="typing">
      {names.length > 0 && <><span className="dots" aria-hidden="true"><i /><i /><i /></span>{words(names, typing.length)}</>}
    </div>
  );
}

function words(names: readonly string[], count: number): string {
  if (count > 3) return 'Several people are typing';
  const last = names.at(-1) ?? '';
  return names.length === 1 ? `${last} is typing` : `${names.slice(0, -1).join(', ')} and ${last} are typing`;
}
