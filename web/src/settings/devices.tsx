import { useCallback, useEffect, useState } from 'react';
import type { Session } from '@verbatim/client';
import { useChat } from '../chat/context';
import { reason } from '../parts/errors';
import { attempt } from '../parts/notices';
import { since } from '../parts/time';
import { Waiting } from '../parts/waiting';

export function Devices() {
  const chat = useChat();
  const [sessions, setSessions] = useState<readonly Session[]>();
  const [fault, setFault] = useState('');
  const load = useCallback(async () => {
    try {
      setSessions((await chat.api.listSessions()).sessions);
    } catch (error) {
      setFault(reason(error));
    }
  }, [chat]);
  useEffect(() => { void load(); }, [load]);
  const end = (id: string) => { attempt(chat.api.endSession({ id }).then(load)); };
  return (
    <section className="card" aria-label="Devices">
      <h2>Devices</h2>
      {fault !== '' && <p className="alert" role="alert">{fault}</p>}
      {sessions === undefined && fault === '' && <Waiting />}
      <ul className="rows">{sessions?.map((session) => <Row key={session.id} session={session} onEnd={() => { end(session.id); }} />)}</ul>
      {(sessions?.length ?? 0) > 1 && <div className="row"><button type="button" className="button danger" onClick={() => { attempt(chat.api.logoutAll()); }}>Sign out everywhere</button></div>}
    </section>
  );
}

function Row({ session: { userAgent, ip, current, lastUsedAt }, onEnd }: { session: Session; onEnd: () => void }) {
  return (
    <li>
      <div className="what"><strong>{device(userAgent)}</strong><p>{current ? 'This device' : `Last used ${since(lastUsedAt)}`}{ip === null ? '' : ` · ${ip}`}</p></div>
      {!current && <button type="button" className="button small" onClick={onEnd}>Sign out<span className="unseen"> {device(userAgent)}</span></button>}
    </li>
  );
}

/** As people call it; what is not recognised is shown as it came. */
function device(userAgent: string | null): string {
  if (userAgent === null) return 'Unknown device';
  const browser = ([['Edg/', 'Edge'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']] as const).find(([mark]) => userAgent.includes(mark))?.[1];
  const system = ([['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['Linux', 'Linux']] as const).find(([mark]) => userAgent.includes(mark))?.[1];
  return browser === undefined || system === undefined ? userAgent.slice(0, 60) : `${browser} on ${system}`;
}
