import { useSyncExternalStore } from 'react';
import { X } from 'lucide-react';
import { reason } from './errors';
import { IconButton } from './icon-button';

interface Notice {
  id: number;
  text: string;
}

let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
};

function set(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number): void => { set(notices.filter((notice) => notice.id !== id)); };

/** Says something in the corner, and to screen readers, for as long as it takes to read it. */
export function notify(text: string): void {
  lastId += 1;
  const id = lastId;
  set([...notices.slice(-2), { id, text }]);
  setTimeout(() => { dismiss(id); }, Math.max(6000, text.length * 90));
}

/** For what nobody waits for: a failure is told in the corner. */
export function attempt(work: Promise<unknown>): void {
  work.catch((error: unknown) => { notify(reason(error)); });
}

export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map(({ id, text }) => (
        <div key={id} className="notice">
          <p>{text}</p>
          <IconButton small label="Dismiss" onClick={() => { dismiss(id); }}><X size={16} /></IconButton>
        </div>
      ))}
    </div>
  );
}
