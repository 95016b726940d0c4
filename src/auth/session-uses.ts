interface Use {
  at: number;
  toldAt: number;
}

/** To write each use down would cost as much as a good part of what it was for. */
const tellEveryMs = 5 * 60_000;

/** When sessions were last used here. The database is told now and then: of a session that comes to be used soon, of one that goes on to be used after a while. */
export class SessionUses {
  private readonly uses = new Map<string, Use>();

  note(sid: string): void {
    const use = this.uses.get(sid);
    if (use === undefined) this.uses.set(sid, { at: Date.now(), toldAt: -Infinity });
    else use.at = Date.now();
  }

  /** What the database says, or what it has not been told yet. */
  latest(sid: string, stored: Date): Date {
    return new Date(Math.max(stored.getTime(), this.uses.get(sid)?.at ?? -Infinity));
  }

  forget(sid: string): void {
    this.uses.delete(sid);
  }

  /** What the database is to be told now; everything it does not know when this process ends. Forgets what is long told. */
  toTell({ everything }: { everything: boolean }): Map<string, Date> {
    const now = Date.now();
    const news = new Map<string, Date>();
    for (const [sid, use] of this.uses) {
      if (!everything && use.toldAt > now - tellEveryMs) continue;
      if (use.at > use.toldAt) news.set(sid, new Date(use.at));
      else this.uses.delete(sid);
      use.toldAt = now;
    }
    return news;
  }
}
