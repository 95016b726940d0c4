import { Injectable } from '@nestjs/common';

/** A session without a socket counts as here for this long after its latest request. */
const restWindowMs = 2 * 60_000;

/** Who is here now: a person is online while one of their sessions is in use. Kept in memory; the database only remembers when somebody was last seen. */
@Injectable()
export class PresenceService {
  private readonly sessions = new Map<string, Map<string, number>>();

  /** A request came in through this session. */
  seen(userId: string, sid: string): void {
    const mine = this.sessions.get(userId);
    if (mine === undefined) this.sessions.set(userId, new Map([[sid, Date.now()]]));
    else mine.set(sid, Date.now());
  }

  /** This session has ended: logged out, cut off or expired. */
  gone(userId: string, sid: string): void {
    const mine = this.sessions.get(userId);
    mine?.delete(sid);
    if (mine?.size === 0) this.sessions.delete(userId);
  }

  isOnline(userId: string): boolean {
    const since = Date.now() - restWindowMs;
    return [...(this.sessions.get(userId)?.values() ?? [])].some((at) => at > since);
  }

  /** Latest request of each person, for the database; forgets sessions that have long been quiet. */
  recent(): Map<string, Date> {
    const latest = new Map<string, Date>();
    for (const [userId, mine] of this.sessions) {
      for (const [sid, at] of mine) if (at < Date.now() - restWindowMs) this.gone(userId, sid);
      if (mine.size > 0) latest.set(userId, new Date(Math.max(...mine.values())));
    }
    return latest;
  }
}
