import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { Member, Message, Room } from '../../client/src/index.js';
import { RoomState } from '../../client/src/room-state.js';
import { until } from './people.js';

const info = { id: 'room', position: { epoch: 'one', seq: 0, rev: 0 } } as Room;
const message = (rev: number): Message => ({ roomId: 'room', seq: rev, rev, senderId: 'other', text: `${rev}`, createdAt: '', deletedAt: null }) as unknown as Message;

let asked: number;
let room: RoomState;

beforeEach(() => {
  asked = 0;
  room = new RoomState(info, { userId: 'me', rev: 0 } as Member, 10_000, { me: () => 'me', missing: () => { asked += 1; }, told: () => undefined });
});
afterEach(() => { room.close(); });

/** A push of the message with this number, which is also the revision. */
const hear = (...revs: number[]): void => {
  for (const rev of revs) room.hear({ name: 'new_message', payload: message(rev) });
};
const sync = (to: number): void => {
  const messages = Array.from({ length: to - room.have }, (_, i) => message(room.have + 1 + i));
  room.take({ room: info, membership: room.membership, members: [], messages, readSeq: 0, unread: 0, lastMessage: null, position: { epoch: 'one', seq: to, rev: to }, from: room.have, to, hasMore: false });
};
const shown = (): string => room.timeline.messages.map(({ seq }) => seq).join(' ');

describe('pushes that come out of order', () => {
  it('wait for the missing one, and nobody is asked', async () => {
    hear(1, 3, 4, 2, 2, 6, 5);
    expect([shown(), room.have]).toEqual(['1 2 3 4 5 6', 6]);
    await pause(300);
    expect(asked).toBe(0);
  });

  it('wait for a moment only, however many come meanwhile: then the server is asked, once', async () => {
    hear(1);
    for (let rev = 3; asked === 0 && rev < 200; rev += 1) {
      hear(rev);
      await pause(10);
    }
    const reached = room.timeline.messages.length;
    expect([asked, reached, room.have]).toEqual([1, 1, 1]);
    hear(300, 301);
    await pause(300);
    expect(asked).toBe(1);
  });

  it('ask anew for the next gap, and after a sync that did not bring it', async () => {
    hear(2);
    await until('asked', () => asked === 1);
    hear(1, 4);
    expect(room.have).toBe(2);
    await until('asked for the next gap', () => asked === 2);
    sync(2);
    await until('asked again', () => asked === 3);
    hear(3);
    expect([shown(), room.have]).toEqual(['1 2 3 4', 4]);
  });

  it('are held up to five hundred; a sync brings the rest', () => {
    for (let rev = 2; rev <= 1001; rev += 1) hear(rev);
    expect(room.have).toBe(0);
    sync(501);
    expect([room.have, room.timeline.messages.length]).toEqual([1001, 1001]); // 502 to 1001 were held
  });
});
