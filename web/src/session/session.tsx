import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { Redirect, useLocation } from 'wouter';
import { IndexedDbStore, LocalStorageStore, StoredSession, VerbatimClient } from '@verbatim/client';
import { ChatProvider } from '../chat/context';
import { forgetDrafts } from '../chat/drafts';
import { notify } from '../parts/notices';
import { Waiting } from '../parts/waiting';
import { doorTo } from './door';

/** Access tokens live in memory, the refresh token in a cookie that no script can read; stored is only who is signed in. */
const sessions = new LocalStorageStore();
const chat = new VerbatimClient({ url: location.origin, delivery: 'cookie', store: new IndexedDbStore(), session: new StoredSession(sessions), messagesInMemory: 20_000 });

/** `left`: out, and by one's own wish. Whoever comes next has no business where this person was. */
type Standing = 'resuming' | 'unreachable' | 'in' | 'out' | 'left';

interface SessionValue {
  standing: Standing;
  /** After a sign-in, a registration, or an exchange. */
  enter: () => Promise<void>;
  tryAgain: () => void;
}

const SessionContext = createContext<SessionValue | null>(null);

export function useSession(): SessionValue {
  const value = useContext(SessionContext);
  if (value === null) throw new Error('There is no session around this component');
  return value;
}

const endings: Partial<Record<string, string>> = {
  logout: 'You have signed out.',
  logout_all: 'You have signed out on all devices.',
  ended_by_user: 'You were signed out from another device.',
  password_changed: 'The password was changed, so this device was signed out.',
  account_disabled: 'This account has been switched off by an administrator.',
};

export function SessionProvider({ children }: { children: ReactNode }) {
  const [standing, setStanding] = useState<Standing>('resuming');
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    resume().then((next) => { if (current) setStanding(next); }, () => { if (current) setStanding('unreachable'); });
    return () => { current = false; };
  }, [attempt]);
  useEffect(() => chat.on('signed_out', ({ reason }) => {
    chat.stop();
    forgetDrafts();
    setStanding(reason.startsWith('logout') ? 'left' : 'out');
    notify(endings[reason] ?? 'Your session has ended. Please sign in again.');
  }), []);
  const value = useMemo<SessionValue>(() => ({
    standing,
    enter: async () => {
      await chat.start();
      setStanding('in');
    },
    tryAgain: () => { setAttempt((before) => before + 1); },
  }), [standing]);
  return <SessionContext value={value}><ChatProvider chat={chat}>{children}</ChatProvider></SessionContext>;
}

let resuming: Promise<Standing> | undefined;

/** Asks the server only when somebody was signed in here: for a newcomer there is nothing to resume. */
function resume(): Promise<Standing> {
  resuming ??= goOn().finally(() => { resuming = undefined; });
  return resuming;
}

async function goOn(): Promise<Standing> {
  if (chat.me !== undefined) return 'in';
  if ((await sessions.keys('verbatim:session')).length === 0) return 'out';
  if (!(await chat.resume())) return 'out';
  await chat.start();
  return 'in';
}

export function SignedInOnly({ children }: { children: ReactNode }) {
  const { standing, tryAgain } = useSession();
  const [path] = useLocation();
  if (standing === 'resuming') return <Waiting label="Signing in" />;
  if (standing === 'unreachable') {
    return (
      <main className="empty">
        <h1>Verbatim cannot be reached</h1>
        <p>Nothing is lost. As soon as there is a connection, everything goes on where it was.</p>
        <button type="button" className="button main" onClick={tryAgain}>Try again</button>
      </main>
    );
  }
  if (standing === 'left') return <Redirect to="/sign-in" replace />;
  if (standing === 'out') return <Redirect to={doorTo(path)} />;
  return children;
}
