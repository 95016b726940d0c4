import { Injectable } from '@nestjs/common';

/** A session that never had a socket counts as here for this long after its latest request. */
const restWindowMs = 2 * 60_000;

interface Here {
  at: number;
  sockets: number;
}

/** Who is here now: a person is online while one of their sessions has a socket, or, for those who use REST only, was used a moment ago. */
@Injectable()
export class PresenceService {
  private readonly people = new Map<string, Map<string, Here>>();
  /** Who went since the database was told last, and when. */
  private readonly left = new Map<string, Date>();
  private listener: (userId: string) => void = () => undefined;

  /** Told whenever somebody may have come or gone. */
  whenChanged(listener: (userId: string) => void): void {
    this.listener = listener;
  }

  /** A request came in through this session. */
  seen(userId: string, sid: string): void {
    this.hereOf(userId, sid).at = Date.now();
  }

  connected(userId: string, sid: string): void {
    const here = this.hereOf(userId, sid);
    here.at = Date.now();
    here.sockets += 1;
    this.listener(userId);
  }

  disconnected(userId: string, sid: string): void {
    const here = this.people.get(userId)?.get(sid);
    if (here === undefined) return;
    here.sockets -= 1;
    here.at = Date.now();
    if (here.sockets <= 0) this.gone(userId, sid);
  }

  /** This session has ended, or has lost its last socket. */
  gone(userId: string, sid: string): void {
    const mine = this.people.get(userId);
    const here = mine?.get(sid);
    if (here !== undefined && (here.sockets > 0 || here.at > Date.now() - restWindowMs)) this.left.set(userId, new Date());
    mine?.delete(sid);
    if (mine?.size === 0) this.people.delete(userId);
    this.listener(userId);
  }

  isOnline(userId: string): boolean {
    const since = Date.now() - restWindowMs;
    return [...(this.people.get(userId)?.values() ?? [])].some(({ at, sockets }) => sockets > 0 || at > since);
  }

  /** When this person was last here, given what the database says: it is told only now and then. */
  lastSeen(userId: string, stored: Date | null): Date | null {
    const left = this.left.get(userId);
    return left !== undefined && (stored === null || left > stored) ? left : stored;
  }

  /** When each person was last here, for the database; forgets sessions that have long been quiet. */
  recent(): Map<string, Date> {
    const latest = new Map<string, Date>(this.left);
    this.left.clear();
    for (const [userId, mine] of this.people) {
      latest.set(userId, new Date(Math.max(...[...mine.values()].map(({ at, sockets }) => (sockets > 0 ? Date.now() : at)))));
      for (const [sid, { at, sockets }] of mine) if (sockets === 0 && at < Date.now() - restWindowMs) this.gone(userId, sid);
    }
    return latest;
  }

  private hereOf(userId: string, sid: string): Here {
    let mine = this.people.get(userId);
    if (mine === undefined) this.people.set(userId, (mine = new Map<string, Here>()));
    let here = mine.get(sid);
    if (here === undefined) mine.set(sid, (here = { at: 0, sockets: 0 }));
    return here;
  }
}
