// Joined frames, read by a client that is strict about lengths and UTF-8.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Frame } from '../../src/realtime/fan-out-frame.js';
import { Random } from '../model/random.js';
import { rawWebSocket, type RawSocket } from '../setup/raw-socket.js';
import { FanOutWorld } from './fan-out-world.js';

const lengths = [124, 125, 126, 127, 128, 255, 256, 65_534, 65_535, 65_536, 65_537, 200_000];
const empty = Buffer.byteLength('42["said",""]');
const world = new FanOutWorld(new Random(1));
let socket: RawSocket;

beforeAll(async () => {
  await world.open();
  socket = await rawWebSocket(world.url);
  await socket.send('40');
  await socket.until((frame) => frame.startsWith('40{'));
});
afterAll(async () => {
  socket.end();
  await world.close();
});

it.each(['x', 'ü', '€', '👋'])('carries payloads of every length made of %s', async (letter) => {
  const texts = lengths.map((length) => {
    const room = length - empty;
    const times = Math.floor(room / Buffer.byteLength(letter));
    return letter.repeat(times) + 'x'.repeat(room - times * Buffer.byteLength(letter));
  });
  socket.heard.length = 0;
  for (const text of texts) world.server.emit('said', text);
  world.server.emit('said', 'end');
  await socket.until((frame) => frame === '42["said","end"]', 20_000);
  expect(socket.heard).toEqual([...texts, 'end'].map((text) => `42["said","${text}"]`));
  expect(socket.heard.slice(0, -1).map((frame) => Buffer.byteLength(frame))).toEqual(lengths);
});

it('writes the shortest header, as RFC 6455 demands', () => {
  const headerOf = (length: number): string => {
    const { bytes } = new Frame({ data: [] }, 'x'.repeat(length - 1)); // Engine.IO puts one character in front.
    return bytes.subarray(0, bytes.length - length).toString('hex');
  };
  expect([1, 125, 126, 65_535, 65_536].map(headerOf)).toEqual(['8101', '817d', '817e007e', '817effff', '817f0000000000010000']);
});
