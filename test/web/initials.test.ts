import { expect, it } from '@jest/globals';
import { initials } from '../../web/src/parts/initials.js';

it.each([
  ['Alice Archer', 'AA'],
  ['alice', 'A'],
  ['Anna Maria von der Heide', 'AH'],
  ['محمد <b>x</b>', 'مB'],
  ['<script> "Bob" (Baker)', 'SB'],
  ['E\u0301mile Zola', 'ÉZ'],
  ['🐈 Cat 7', 'C7'],
  ['🐈 ---', 'Y'],
  ['', 'Y'],
])('%s is shown as %s', (name, letters) => {
  expect(initials(name, 'yara')).toBe(letters);
});

it('nobody is shown as nothing', () => {
  expect(initials('', '')).toBe('');
});
