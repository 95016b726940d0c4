import type { Message } from '../../src/contract/message.dto.js';

/** Tells what came in, in the order of `seq` for those that are new. */
export type Teller = (message: Message, kind: 'new' | 'updated') => void;

/**
 * The newest part of a room's messages, without holes: everything from `floor` on. What lies below is fetched again when
 * somebody looks for it. In the middle of a long sync there may be holes, for a message that changed twice comes with its last change;
 * until that sync is through, the list of before is shown.
 */
export class Timeline {
  /** Everything from this number on is held. */
  private floor = 1;
  private last = 0;
  /** Up to here messages were told as new. */
  private told = 0;
  private frozen = false;
  private loading = 0;
  private allowance = 0;
  private stale = true;
  private list: readonly Message[] = [];
  private readonly held = new Map<number, Message>();
  /** Changes of messages below the floor that came while these were being fetched: the answer may be older. */
  private readonly late = new Map<number, Message>();

  constructor(private readonly limit: number, private readonly tell: Teller) {}

  get messages(): readonly Message[] {
    if (this.stale && !this.frozen) this.rebuild();
    return this.list;
  }

  get isFrozen(): boolean {
    return this.frozen;
  }

  get lastSeq(): number {
    return this.last;
  }

  /** Where the messages held begin. */
  get from(): number {
    return this.floor;
  }

  get hasMoreBefore(): boolean {
    return this.floor > 1;
  }

  /** Forgets everything and begins anew with the newest page. */
  reset(page: readonly Message[], lastSeq: number): void {
    this.held.clear();
    this.late.clear();
    this.allowance = 0;
    this.frozen = false;
    this.stale = true;
    this.floor = page[0]?.seq ?? lastSeq + 1;
    this.last = lastSeq;
    this.told = lastSeq;
    for (const message of page) this.held.set(message.seq, message);
  }

  /** From here on there may be holes. */
  freeze(): void {
    if (this.stale && !this.frozen) this.rebuild();
    this.frozen = true;
  }

  /** There are none any more. */
  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    this.stale = true;
  }

  put(message: Message): void {
    const { seq } = message;
    if (seq < this.floor) {
      if (this.loading > 0 && (this.late.get(seq)?.rev ?? 0) < message.rev) this.late.set(seq, message);
      if (seq <= this.told) this.tell(message, 'updated');
      return;
    }
    if ((this.held.get(seq)?.rev ?? 0) >= message.rev) return;
    this.held.set(seq, message);
    this.stale = true;
    this.last = Math.max(this.last, seq);
    if (seq <= this.told) this.tell(message, 'updated');
    this.tellNew();
    this.trim();
    this.tellNew();
  }

  /** Fetches what came before, page by page as asked for. */
  async loadEarlier(fetch: (before: number) => Promise<readonly Message[]>): Promise<boolean> {
    const before = this.floor;
    if (before <= 1) return false;
    this.loading += 1;
    try {
      const page = await fetch(before);
      if (this.floor !== before) return true; // trimmed or begun anew meanwhile: this page is not the one before any more
      this.prepend(page);
      return page.length > 0;
    } finally {
      this.loading -= 1;
      if (this.loading === 0) this.late.clear();
    }
  }

  /** Back to the usual size: nobody looks at the older ones any more. */
  release(): void {
    this.allowance = 0;
    this.trim();
  }

  private prepend(page: readonly Message[]): void {
    for (const message of page) {
      const changed = this.late.get(message.seq);
      this.held.set(message.seq, changed !== undefined && changed.rev > message.rev ? changed : message);
    }
    this.floor = page[0]?.seq ?? 1;
    this.allowance = Math.max(0, this.held.size - this.limit);
    this.stale = true;
  }

  private tellNew(): void {
    for (let next = this.held.get(this.told + 1); next !== undefined; next = this.held.get(this.told + 1)) {
      this.told += 1;
      this.tell(next, 'new');
    }
  }

  /** Who listens hears of a message before it is dropped, also when an earlier one has not come yet. */
  private trim(): void {
    while (this.held.size > this.limit + this.allowance) {
      const oldest = this.held.get(this.floor);
      this.held.delete(this.floor);
      if (this.floor > this.told) {
        this.told = this.floor;
        if (oldest !== undefined) this.tell(oldest, 'new');
      }
      this.floor += 1;
      this.stale = true;
    }
  }

  private rebuild(): void {
    const list: Message[] = [];
    for (let next = this.held.get(this.floor); next !== undefined; next = this.held.get(next.seq + 1)) list.push(next);
    this.list = list;
    this.stale = false;
  }
}
