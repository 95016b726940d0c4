import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Member } from '../../client/src/index.js';
import { MemberList } from '../../client/src/member-list.js';

const seat = (n: number, rev = n, more: Partial<Member> = {}): Member => ({ roomId: 'room', userId: `u${n}`, role: 'member', rev, joinedAt: String(n).padStart(6, '0'), leftAt: null, bannedAt: null, ...more });
const page = (from: number, to: number, nextCursor: string | null) => ({ members: Array.from({ length: to - from + 1 }, (_, i) => seat(from + i)), users: [], total: 250, nextCursor });
const gone = { leftAt: 'now' };

let list: MemberList;

beforeEach(() => {
  list = new MemberList();
  list.reset(page(1, 200, null).members);
});

describe('the members of a room', () => {
  it('are all known when they are fewer than a sync brings', () => {
    list.reset([seat(2), seat(1), seat(3, 3, { role: 'owner' })]);
    list.seat(seat(2, 9, gone));
    expect([list.members.map(({ userId }) => userId), list.count, list.complete, list.isUncounted]).toEqual([['u3', 'u1'], 2, true, false]);
  });

  it('that came in one moment are in the order of their ids', () => {
    const together = { joinedAt: '000001' };
    list.reset([seat(3, 3, together), seat(1, 1, together), seat(2, 2, together)]);
    expect(list.members.map(({ userId }) => userId)).toEqual(['u1', 'u2', 'u3']);
  });

  it.each([[150, 0, true], [200, 1, false], [400, 250, false]])('are stored with whether that is everybody: of %s, of whom %s left', (all, left, complete) => {
    list.reset(page(1, all, null).members);
    for (let n = 1; n <= left; n += 1) list.seat(seat(n, 1000 + n, gone), 'member_left');
    const { members, allMembers } = list.save();
    const again = new MemberList();
    again.reset(members, allMembers);
    expect([allMembers, again.complete, again.isUncounted]).toEqual([complete, complete, !complete]);
  });

  it('are the same list while nothing changes', () => {
    const before = list.members;
    list.seat(seat(5, 4));
    expect(list.members).toBe(before);
  });

  it('are counted, in a large room, as the server does and as they come and go', () => {
    expect([list.count, list.isUncounted]).toEqual([200, true]);
    list.countIs(250);
    list.seat(seat(300), 'member_joined');
    list.seat(seat(240, 301, { role: 'owner' }), 'member_updated');
    expect([list.count, list.members.length, list.members[0]?.userId]).toEqual([251, 202, 'u240']);
    list.seat(seat(245, 302, gone), 'member_left');
    list.seat(seat(3, 303, gone), 'member_left');
    expect([list.count, list.members.length, list.isUncounted]).toEqual([249, 201, false]);
    list.seat(seat(246, 304)); // by a sync: nobody knows what was before
    expect(list.isUncounted).toBe(true);
  });

  it('come page by page, and what changed meanwhile counts more than a page', async () => {
    list.seat(seat(7, 251, gone), 'member_left');
    const fetched: (string | undefined)[] = [];
    const load = (answer: ReturnType<typeof page>) => list.load(async (cursor) => { fetched.push(cursor); return answer; });
    expect(await Promise.all([load(page(1, 100, 'next')), load(page(1, 100, 'next'))])).toEqual([true, true]);
    expect([list.members.length, list.complete]).toEqual([199, false]);
    expect([await load(page(101, 250, null)), await load(page(1, 1, null)), fetched]).toEqual([true, false, [undefined, 'next']]);
    expect([list.members.length, list.count, list.complete]).toEqual([249, 249, true]);
    expect(list.save()).toMatchObject({ members: { length: 200 }, allMembers: false });
  });
});
