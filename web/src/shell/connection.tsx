import { useEffect, useState } from 'react';
import type { ConnectionInfo } from '@verbatim/client';
import { useAllRooms, useChat, useConnection } from '../chat/context';

/** Says what happens to your messages while there is no connection; silent when all is well, and during a short blink. */
export function Connection() {
  const chat = useChat();
  const info = useConnection();
  const waiting = useAllRooms().reduce((sum, { pending }) => sum + pending.filter(({ status }) => status === 'sending').length, 0);
  const late = useLate(info.state !== 'online');
  const progress = useProgress();
  const quiet = info.state === 'online' || !late;
  return (
    <div role="status" aria-live="polite">
      {!quiet && (
        <div className="connection">
          <span className="spinner" />
          <p>{words(info, waiting, progress)} {info.state === 'offline' && <Countdown key={info.retryInMs} ms={info.retryInMs} />}</p>
          {info.state === 'offline' && <button type="button" className="button" onClick={() => { chat.reconnect(); }}>Try now</button>}
        </div>
      )}
    </div>
  );
}

function words({ state }: ConnectionInfo, waiting: number, progress: string): string {
  if (state === 'syncing') return `Catching up with what was said meanwhile${progress} …`;
  const kept = waiting === 0 ? 'What you write now is kept here and sent, once, when it is back.' : `${waiting === 1 ? 'One message is' : `${waiting} messages are`} kept here and will be sent, once, when it is back.`;
  return `${state === 'offline' ? 'No connection.' : 'Connecting …'} ${kept}`;
}

/** Hidden from screen readers: a number that changes every second would never let them finish. */
function Countdown({ ms }: { ms: number | undefined }) {
  const [left, setLeft] = useState(Math.ceil((ms ?? 0) / 1000));
  useEffect(() => {
    const timer = setInterval(() => { setLeft((before) => Math.max(0, before - 1)); }, 1000);
    return () => { clearInterval(timer); };
  }, []);
  return left === 0 ? null : <span className="numerals" aria-hidden="true">Next try in {left} s.</span>;
}

/** A connection that comes at once needs no words. */
function useLate(away: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { setLate(away); }, away ? 700 : 0);
    return () => { clearTimeout(timer); };
  }, [away]);
  return late && away;
}

function useProgress(): string {
  const chat = useChat();
  const [text, setText] = useState('');
  useEffect(() => chat.on('progress', ({ done, total }) => { setText(total > 0 ? `: ${done.toLocaleString()} of ${total.toLocaleString()}` : ''); }), [chat]);
  return text;
}
