import { Injectable } from '@nestjs/common';
import { Elsewhere } from './elsewhere.js';
import { Nodes } from './nodes.js';

/** A session that never had a socket counts as here for this long after its latest request. */
const restWindowMs = 2 * 60_000;
/** Who stays connected is seen online, whatever the database says. */
const storeEveryMs = 5 * 60_000;

interface Here {
  at: number;
  sockets: number;
  storedAt: number;
}

/**
 * Who is here now: a person is online while one of their sessions has a socket, or, for those who use REST only, was used
 * a moment ago; on this node or on another. Nodes tell each other how many sockets everybody has.
 */
@Injectable()
export class PresenceService {
  private readonly people = new Map<string, Map<string, Here>>();
  /** Who went since the database was told last, and when. */
  private readonly left = new Map<string, Date>();
  private listener: (userId: string) => void = () => undefined;
  /** The sockets of those who are on other nodes. */
  private readonly elsewhere = new Elsewhere<number>();
  /** What the other nodes know of ours. */
  private readonly told = new Map<string, number>();

  constructor(private readonly nodes: Nodes) {
    nodes.hear('here', ({ userId, online, sockets }, from) => { this.heard(from, userId, online ? sockets : undefined); });
    nodes.hear('left', ({ userId, sid }) => { if (this.people.get(userId)?.get(sid)?.sockets === 0) this.gone(userId, sid); });
    nodes.hear('all_here', ({ people }, from) => { this.heardAll(from, people); });
    nodes.whenGone((nodeId, deadMs) => { this.mourn(nodeId, Date.now() - deadMs); });
    nodes.whenAsked(() => { this.tellAll(); });
  }

  /** Told whenever somebody may have come or gone. */
  whenChanged(listener: (userId: string) => void): void {
    this.listener = listener;
  }

  /** A request came in through this session. */
  seen(userId: string, sid: string): void {
    this.hereOf(userId, sid).at = Date.now();
    if (this.nodes.linked && !this.told.has(userId)) this.tell(userId);
  }

  connected(userId: string, sid: string): void {
    const here = this.hereOf(userId, sid);
    here.at = Date.now();
    here.sockets += 1;
    this.changed(userId);
  }

  disconnected(userId: string, sid: string): void {
    const here = this.people.get(userId)?.get(sid);
    if (here === undefined) return;
    here.sockets -= 1;
    here.at = Date.now();
    if (here.sockets > 0) {
      this.tell(userId);
      return;
    }
    this.gone(userId, sid);
    this.nodes.tell('left', { userId, sid });
  }

  /** This session has ended, or has lost its last socket. */
  gone(userId: string, sid: string): void {
    const mine = this.people.get(userId);
    const here = mine?.get(sid);
    if (here !== undefined && (here.sockets > 0 || here.at > Date.now() - restWindowMs)) this.left.set(userId, new Date());
    mine?.delete(sid);
    if (mine?.size === 0) this.people.delete(userId);
    this.changed(userId);
  }

  isOnline(userId: string): boolean {
    return this.isHere(userId) || this.elsewhere.has(userId);
  }

  /** How many sockets somebody has on other nodes. */
  socketsElsewhere(userId: string): number {
    return this.elsewhere.all(userId).reduce((sum, sockets) => sum + sockets, 0);
  }

  private isHere(userId: string): boolean {
    const since = Date.now() - restWindowMs;
    return [...(this.people.get(userId)?.values() ?? [])].some(({ at, sockets }) => sockets > 0 || at > since);
  }

  /** When this person was last here, given what the database says: it is told only now and then. */
  lastSeen(userId: string, stored: Date | null): Date | null {
    const left = this.left.get(userId);
    return left !== undefined && (stored === null || left > stored) ? left : stored;
  }

  /** When people were last here, where the database is due to hear of it; forgets sessions that have long been quiet. */
  toStore({ everybody }: { everybody: boolean }): Map<string, Date> {
    const now = Date.now();
    const latest = new Map<string, Date>(this.left);
    this.left.clear();
    for (const [userId, mine] of this.people) {
      const sessions = [...mine.values()];
      if (everybody || isDue(sessions, now)) {
        latest.set(userId, new Date(Math.max(...sessions.map(({ at, sockets }) => (sockets > 0 ? now : at)))));
        for (const session of sessions) session.storedAt = now;
      }
      for (const [sid, { at, sockets }] of mine) if (sockets === 0 && at < now - restWindowMs) this.gone(userId, sid);
    }
    return latest;
  }

  private changed(userId: string): void {
    this.listener(userId);
    this.tell(userId);
  }

  private tell(userId: string): void {
    if (!this.nodes.linked) return;
    const sockets = this.socketsHere(userId);
    if (this.told.get(userId) === sockets) return;
    if (sockets === undefined) this.told.delete(userId);
    else this.told.set(userId, sockets);
    this.nodes.tell('here', { userId, online: sockets !== undefined, sockets: sockets ?? 0 });
  }

  private tellAll(): void {
    this.told.clear();
    for (const userId of this.people.keys()) {
      const sockets = this.socketsHere(userId);
      if (sockets !== undefined) this.told.set(userId, sockets);
    }
    this.nodes.tell('all_here', { people: Object.fromEntries(this.told) });
  }

  /** Undefined: not here. Zero: here by REST only. */
  private socketsHere(userId: string): number | undefined {
    if (!this.isHere(userId)) return undefined;
    return [...(this.people.get(userId)?.values() ?? [])].reduce((sum, { sockets }) => sum + sockets, 0);
  }

  private heard(nodeId: string, userId: string, sockets: number | undefined): void {
    const before = this.elsewhere.get(nodeId, userId);
    this.elsewhere.set(nodeId, userId, sockets);
    if (sockets === undefined) this.leftElsewhere(userId);
    else if ((before ?? 0) === 0 && sockets > 0) this.listener(userId);
  }

  private heardAll(nodeId: string, people: Record<string, number>): void {
    const before = this.elsewhere.replace(nodeId, Object.entries(people));
    for (const userId of before.keys()) if (!Object.hasOwn(people, userId)) this.leftElsewhere(userId);
    for (const [userId, sockets] of Object.entries(people)) if ((before.get(userId) ?? 0) === 0 && sockets > 0) this.listener(userId);
  }

  /** Who had a socket there was not here by REST only, whatever they asked of us before; nobody can tell us any more that it is gone. */
  private mourn(nodeId: string, diedAt: number): void {
    for (const [userId, sockets] of this.elsewhere.forget(nodeId)) {
      for (const [sid, here] of this.people.get(userId) ?? []) if (sockets > 0 && here.sockets === 0 && here.at < diedAt) this.gone(userId, sid);
      this.leftElsewhere(userId);
    }
  }

  private leftElsewhere(userId: string): void {
    if (!this.isOnline(userId)) this.left.set(userId, new Date());
    this.listener(userId);
  }

  private hereOf(userId: string, sid: string): Here {
    let mine = this.people.get(userId);
    if (mine === undefined) this.people.set(userId, (mine = new Map<string, Here>()));
    let here = mine.get(sid);
    if (here === undefined) mine.set(sid, (here = { at: 0, sockets: 0, storedAt: -Infinity }));
    return here;
  }
}

function isDue(sessions: readonly Here[], now: number): boolean {
  return !sessions.some(({ sockets }) => sockets > 0) || !sessions.some(({ storedAt }) => storedAt > now - storeEveryMs);
}
