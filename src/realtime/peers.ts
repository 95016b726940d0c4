/** A node that has been silent for this long is dead: it says something every few seconds. */
const leaseMs = 20_000;

interface Peer {
  n: number;
  heardAt: number;
}

/** The other nodes, as far as they have been heard. Times are those of a clock that nobody sets. */
export class Peers {
  private readonly known = new Map<string, Peer>();

  get size(): number {
    return this.known.size;
  }

  /** Takes note of a batch. `repeated`: it was heard before. `missedSince`: batches before it were lost since then. */
  heard(id: string, n: number, now: number): { stranger: boolean; repeated: boolean; missedSince?: number } {
    const peer = this.known.get(id);
    this.known.set(id, { n: Math.max(n, peer?.n ?? 0), heardAt: now });
    const { n: before, heardAt } = peer ?? { n: 0, heardAt: now };
    return { stranger: peer === undefined, repeated: n <= before, ...(n > before + 1 ? { missedSince: heardAt } : {}) };
  }

  /** Forgets a node; true when it was known. */
  forget(id: string): boolean {
    return this.known.delete(id);
  }

  /** Forgets those whose lease has ended. */
  expire(now: number): { id: string; heardAt: number }[] {
    const dead = [...this.known].filter(([, { heardAt }]) => heardAt < now - leaseMs).map(([id, { heardAt }]) => ({ id, heardAt }));
    dead.forEach(({ id }) => { this.known.delete(id); });
    return dead;
  }

  /** After a time in which nobody could be heard: everyone gets the whole lease to speak again. */
  renew(now: number): void {
    for (const peer of this.known.values()) peer.heardAt = now;
  }
}
