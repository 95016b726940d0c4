import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { textHash, textHashOfOne } from '../../src/messages/text-hash.js';

// As they are stored beside messages: another value would make a repeated send of an old message a conflict.
it.each([
  ['hello', '3238736544897475342'],
  ['a', '-3848465438864589366'],
  ['', '-2039914840885289964'],
  ['å∂ 👩‍👩‍👧', '-5652680413166538556'],
])('makes of %j what it always made', (text, stored) => {
  expect([textHash(text), textHashOfOne(text)]).toEqual([stored, stored]);
});

// One block and more, each with little and with no space for its end, and more than the short way takes.
it('makes the same of a message that is alone, whatever its length', () => {
  for (let length = 0; length < 600; length += 1) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode((i * 7 + length) % 128)).join('');
    expect(textHashOfOne(text)).toBe(textHash(text));
  }
});

it('makes the same of it whatever its letters', () => {
  const short = (unit: fc.StringConstraints['unit']) => fc.string({ unit, maxLength: 300 });
  fc.assert(fc.property(fc.oneof(short('binary'), short('grapheme'), short('grapheme-ascii')), (text) => {
    expect(textHashOfOne(text)).toBe(textHash(text));
  }), { numRuns: 2000 });
});
