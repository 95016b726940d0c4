import { expect, it } from '@jest/globals';
import { storedAlone } from '../../src/messages/append-outcome.js';

const one = { id: 'i', roomId: 'r', senderId: 's', clientId: 'c', text: 'hello', replyTo: null, knownMember: () => true };

it.each([
  ['2026-11-20 16:28:12.123456', '2026-11-20T16:28:12.123456Z'],
  ['2026-11-20 16:28:12.1204', '2026-11-20T16:28:12.120400Z'],
  ['2026-11-20 16:28:12', '2026-11-20T16:28:12.000000Z'],
])('says of %s as PostgreSQL writes it what a page of history says', (moment, createdAt) => {
  expect(storedAlone(one, ['7', '9', moment])).toMatchObject({ message: { seq: 7, rev: 9, createdAt }, duplicate: false });
});
