import { expect, it } from '@jest/globals';
import { cleanText } from '../../client/src/clean-text.js';
import { hasBadCharacters } from '../../src/common/input-walk.js';

it('leaves out exactly what the server refuses in a text, but for the line breaks of other systems', () => {
  for (let code = 0; code < 0x10000; code += 1) {
    const text = `a${String.fromCharCode(code)}b`;
    const expected = code === 0x0d ? 'a\nb' : hasBadCharacters(text) ? 'ab' : text;
    if (cleanText(text) !== expected) throw new Error(`U+${code.toString(16)} becomes ${JSON.stringify(cleanText(text))}`);
  }
  expect(cleanText('one\r\ntwo\rthree\n')).toBe('one\ntwo\nthree\n');
  expect(cleanText('👍🏽 \ud83d')).toBe('👍🏽 ');
});
