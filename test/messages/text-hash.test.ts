import { expect, it } from '@jest/globals';
import { textHash } from '../../src/messages/append.sql.js';

// As they are stored beside messages: another value would make a repeated send of an old message a conflict.
it.each([
  ['hello', '3238736544897475342'],
  ['a', '-3848465438864589366'],
  ['', '-2039914840885289964'],
  ['å∂ 👩‍👩‍👧', '-5652680413166538556'],
])('makes of %j what it always made', (text, stored) => {
  expect(textHash(text)).toBe(stored);
});
