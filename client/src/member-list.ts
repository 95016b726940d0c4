import type { Member, MemberPage, Role } from '../../src/contract/room.dto.js';

/** A sync brings no more of them with a new room. */
const mostAtFirst = 200;

export type MemberChange = 'member_joined' | 'member_updated' | 'member_left';

const rank: Record<Role, number> = { owner: 0, moderator: 1, member: 2 };
const isIn = ({ leftAt, bannedAt }: Member): boolean => leftAt === null && bannedAt === null;
const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
/** As the server has it: those with whom a room begins came in one moment. */
const order = (one: Member, other: Member): number => rank[one.role] - rank[other.role] || compare(one.joinedAt, other.joinedAt) || compare(one.userId, other.userId);

/** Who is in a room. Of a large one only the first are known at once, with everybody who changed since; the rest come page by page. */
export class MemberList {
  /** Whether everybody is known. */
  complete = true;
  private readonly seats = new Map<string, Member>();
  private list: readonly Member[] | undefined;
  /** As the server counted them, and what changed since; undefined: not known. Not used once everybody is known. */
  private counted: number | undefined;
  private cursor: string | undefined;
  private loading: Promise<boolean> | undefined;

  /** Owners, moderators, members, each in the order in which they came. A new list when it changes. */
  get members(): readonly Member[] {
    this.list ??= [...this.seats.values()].filter(isIn).sort(order);
    return this.list;
  }

  /** How many they are; of a large room as far as is known. */
  get count(): number {
    return this.complete ? this.members.length : Math.max(this.counted ?? 0, this.members.length);
  }

  get isUncounted(): boolean {
    return !this.complete && this.counted === undefined;
  }

  /** Begins anew with the first of them; of those whom a sync brings, fewer than it would bring are all. */
  reset(members: readonly Member[], complete = members.length < mostAtFirst): void {
    this.seats.clear();
    this.list = undefined;
    this.cursor = undefined;
    this.complete = complete;
    this.counted = undefined;
    members.forEach((member) => { this.put(member); });
  }

  /** What somebody's seat is now. `change` says whether they were in before, for those who are not known here. */
  seat(member: Member, change?: MemberChange): void {
    const before = this.seats.get(member.userId);
    if (!this.put(member) || this.complete) return;
    if (before === undefined && change === undefined) this.counted = undefined;
    else if (this.counted !== undefined) this.counted += Number(isIn(member)) - Number(before === undefined ? change !== 'member_joined' : isIn(before));
  }

  /** How many the server counts. */
  countIs(total: number): void {
    this.counted = total;
  }

  /** Fetches those who come next. False: everybody is known. */
  async load(fetch: (cursor: string | undefined) => Promise<MemberPage>): Promise<boolean> {
    if (this.complete) return false;
    this.loading ??= this.loadPage(fetch).finally(() => { this.loading = undefined; });
    return await this.loading;
  }

  /** The first of them, as they are stored between two runs, and whether that is everybody. */
  save(): { members: Member[]; allMembers: boolean } {
    return { members: this.members.slice(0, mostAtFirst), allMembers: this.complete && this.members.length <= mostAtFirst };
  }

  private async loadPage(fetch: (cursor: string | undefined) => Promise<MemberPage>): Promise<boolean> {
    const { cursor } = this;
    const { members, total, nextCursor } = await fetch(cursor);
    if (cursor !== this.cursor) return true; // begun anew meanwhile
    members.forEach((member) => { this.put(member); });
    this.counted = total;
    this.cursor = nextCursor ?? undefined;
    this.complete = nextCursor === null;
    return true;
  }

  private put(member: Member): boolean {
    if ((this.seats.get(member.userId)?.rev ?? -1) >= member.rev) return false;
    this.seats.set(member.userId, member);
    this.list = undefined;
    return true;
  }
}
