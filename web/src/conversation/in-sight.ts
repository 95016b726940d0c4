import type { Message, RoomHandle } from '@verbatim/client';

const dwellMs = 500;
/** A page that slept between two looks has shown nothing meanwhile. */
const longestGapMs = 2000;

/** The numbers of the messages on screen, in order: shown whole, or as much of a long one as fills half the log. */
export function seqsInSight(box: HTMLElement): number[] {
  const { top, bottom } = box.getBoundingClientRect();
  const isShown = (row: HTMLElement): boolean => {
    const rect = row.getBoundingClientRect();
    const shown = Math.min(rect.bottom, bottom) - Math.max(rect.top, top);
    return rect.height > 0 && shown >= Math.min(rect.height - 4, (bottom - top) / 2);
  };
  const rows = [...box.querySelectorAll<HTMLElement>('.entry[data-seq]')].filter(isShown);
  return rows.map(({ dataset }) => Number(dataset.seq)).sort((one, other) => one - other);
}

/** Turns what is on screen now into what was there for half a second without a break. */
export class Dwell {
  private readonly since = new Map<number, number>();
  private lastLook = 0;

  look(inSight: readonly number[], now: number): number[] {
    if (now - this.lastLook > longestGapMs) this.since.clear();
    this.lastLook = now;
    const there = new Set(inSight);
    for (const seq of this.since.keys()) if (!there.has(seq)) this.since.delete(seq);
    for (const seq of there) if (!this.since.has(seq)) this.since.set(seq, now);
    return inSight.filter((seq) => now - (this.since.get(seq) ?? now) >= dwellMs);
  }
}

/** Which messages of a room I have seen since the page was loaded; my own count without being looked at. */
export class Seen {
  private readonly seqs = new Set<number>();
  private readonly listeners = new Set<() => void>();
  private hiddenCount = Infinity;

  constructor(private readonly room: RoomHandle, private readonly myId: string) {}

  /** How many unread messages one is not looking at, while the room is open. */
  get hidden(): number {
    return this.hiddenCount;
  }

  set hidden(count: number) {
    if (count === this.hiddenCount) return;
    this.hiddenCount = count;
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  };

  add(seq: number): void {
    this.seqs.add(seq);
  }

  has({ seq, senderId }: Message): boolean {
    return seq <= this.room.readSeq || senderId === this.myId || this.seqs.has(seq);
  }

  /** Up to here there is no message that I have not seen. */
  get readThrough(): number {
    const { messages, readSeq } = this.room;
    const from = messages[0]?.seq ?? 1;
    let upTo = readSeq;
    for (let next = messages[upTo + 1 - from]; next !== undefined && this.has(next); next = messages[upTo + 1 - from]) upTo = next.seq;
    return upTo;
  }

  /** Where the unread ones begin, loaded or not. */
  get firstUnread(): number {
    const next = this.readThrough + 1;
    return next < (this.room.messages[0]?.seq ?? 1) ? next : (this.firstUnseen()?.seq ?? next);
  }

  /** The first that I have not seen, after a number. */
  firstUnseen(after = 0): Message | undefined {
    const from = this.room.messages[0]?.seq ?? 1;
    const begin = Math.max(0, Math.max(after, this.room.readSeq) + 1 - from);
    for (let at = begin; at < this.room.messages.length; at += 1) {
      const message = this.room.messages[at];
      if (message !== undefined && message.deletedAt === null && !this.has(message)) return message;
    }
    return undefined;
  }

  /** How many unread messages are out of sight, above and below these. */
  outOfSight([first, last]: readonly [number, number]): { above: number; below: number } {
    const { messages, unread, readSeq } = this.room;
    let [notAbove, below] = [0, 0];
    for (let at = messages.length - 1; at >= 0; at -= 1) {
      const message = messages[at];
      if (message === undefined || message.seq <= readSeq) break;
      if (message.deletedAt !== null) continue;
      if (message.seq >= first || this.has(message)) notAbove += 1;
      if (message.seq > last && !this.has(message)) below += 1;
    }
    return { above: Math.max(0, unread - notAbove), below };
  }
}

const seenIn = new WeakMap<RoomHandle, Seen>();

/** The same one whenever the room is opened. */
export function seenOf(room: RoomHandle, myId: string): Seen {
  const seen = seenIn.get(room) ?? new Seen(room, myId);
  seenIn.set(room, seen);
  return seen;
}

/** Whether somebody may be reading: the page is visible, and its window has the focus. */
export function isLookedAt(): boolean {
  return !document.hidden && document.hasFocus();
}
