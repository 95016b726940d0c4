import { Monogram } from '../parts/monogram';
import type { Mentions } from './use-mentions';

/** Stands above the line; the focus stays in it. */
export function MentionList({ mentions: { options, chosen, id, take } }: { mentions: Mentions }) {
  if (options.length === 0) return null;
  return (
    <div className="mentions" role="listbox" id={id} aria-label="People">
      {options.map((user, index) => (
        <div key={user.id} id={`${id}-${index}`} role="option" aria-selected={index === chosen} className="option" onPointerDown={(event) => { event.preventDefault(); }} onClick={() => { take(index); }}>
          <Monogram user={user} size="small" /><span>{user.name}</span><span className="more">@{user.username}</span>
        </div>
      ))}
    </div>
  );
}
