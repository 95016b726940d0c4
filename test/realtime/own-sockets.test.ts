import { expect, it } from '@jest/globals';
import { OwnSockets } from '../../src/realtime/own-sockets.js';
import { RoomOrder } from '../../src/realtime/room-order.js';

const many = 50_000;
const own = (): OwnSockets => new OwnSockets(new RoomOrder(() => false));
const remembered = (sockets: OwnSockets): number => (sockets as unknown as { losses: { size: number } }).losses.size;

it('remembers the losses of few users, however many lose something', () => {
  const sockets = own();
  for (let n = 0; n < many; n += 1) sockets.expel(`user ${n}`, 'room', 1);
  expect(remembered(sockets)).toBeLessThanOrEqual(many / 5);
});

it('tells a loss also when it is forgotten by then', () => {
  const sockets = own();
  const [nobodyYet, quiet] = [sockets.lossesOf('anna'), sockets.lossesOf('quiet')];
  sockets.expel('anna', 'room', 1);
  const first = sockets.lossesOf('anna');
  expect(first).not.toBe(nobodyYet);
  expect(sockets.lossesOf('quiet')).toBe(quiet);
  sockets.expel('anna', 'room', 2);
  for (let n = 0; n < many; n += 1) sockets.expel(`user ${n}`, 'room', 1);
  expect([nobodyYet, first]).not.toContain(sockets.lossesOf('anna'));
});

it('notices the end of a session', () => {
  const sockets = own();
  const before = sockets.lossesOf('anna');
  sockets.cutSessions('anna', [], 'signed out');
  expect(sockets.lossesOf('anna')).not.toBe(before);
});
