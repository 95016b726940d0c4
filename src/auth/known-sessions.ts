import { LRUCache } from 'lru-cache';
import type { LiveSession } from './sessions.repository.js';

interface Known {
  /** `false`: has ended. Remembered as such, so that a look-up that was under way cannot bring it back. */
  session: LiveSession | false;
  believedUntil: number;
  usedAt: number;
}

/** Somebody else may have ended a session and not been able to tell us: nothing is believed for longer than this. */
const believedMs = 5000;
/** Asked for something within this time. */
const inUseMs = 60_000;

/**
 * What was looked up about sessions a moment ago. Those in use are looked up again before their time is over, all of them in one
 * statement (`renew`): otherwise whoever says something now and then would cost a look-up of their own each time.
 */
export class KnownSessions {
  private readonly known = new LRUCache<string, Known>({ max: 50_000 });

  constructor(private readonly stillAsKnown: (sessions: ReadonlyMap<string, LiveSession>) => Promise<Pick<ReadonlySet<string>, 'has'>>) {}

  /** Undefined: has to be looked up. */
  find(sid: string): LiveSession | false | undefined {
    const known = this.known.get(sid);
    const now = performance.now();
    if (known === undefined || known.believedUntil < now || hasRunOut(known)) return undefined;
    known.usedAt = now;
    return known.session;
  }

  hasEnded(sid: string): boolean {
    return this.find(sid) === false;
  }

  remember(sid: string, session: LiveSession | false): void {
    this.set(sid, session, believedMs);
  }

  /** For as long as its access tokens might be shown to us. */
  rememberEnded(sid: string, forMs: number): void {
    this.set(sid, false, forMs);
  }

  forget(sids: readonly string[]): void {
    for (const sid of sids) this.known.delete(sid);
  }

  /** Believes in those that are as we know them for a while longer, as of now; forgets the others and returns who they are. */
  async renew(): Promise<string[]> {
    const asOf = performance.now();
    const inUse = new Map<string, Known>();
    const sessions = new Map<string, LiveSession>();
    for (const [sid, known] of this.known.entries()) {
      if (known.session === false || known.usedAt <= asOf - inUseMs || known.believedUntil < asOf) continue;
      inUse.set(sid, known);
      sessions.set(sid, known.session);
    }
    if (inUse.size === 0) return [];
    const same = await this.stillAsKnown(sessions);
    const changed = same === sessions ? [] : [...inUse].filter(([sid, known]) => this.known.peek(sid) === known && !same.has(sid)).map(([sid]) => sid);
    for (const known of inUse.values()) known.believedUntil = asOf + believedMs;
    this.forget(changed);
    return changed;
  }

  private set(sid: string, session: LiveSession | false, forMs: number): void {
    const now = performance.now();
    this.known.set(sid, { session, believedUntil: now + forMs, usedAt: now });
  }
}

/** As far as we know: it may have been extended since. */
function hasRunOut({ session }: Known): boolean {
  return session !== false && session.expiresAt.getTime() <= Date.now();
}
