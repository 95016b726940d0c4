import { describe, expect, it } from '@jest/globals';
import { isJustEmoji, parse, plainText, type Part } from '../../web/src/conversation/markup.js';

/** What a part is, written as briefly as a test wants it. */
const brief = (part: Part): unknown => (part.kind === 'text' ? part.text : 'parts' in part ? { [part.kind]: part.parts.map(brief) } : { [part.kind]: part.text });
const parsed = (text: string) => parse(text).map(brief);

describe('what people type', () => {
  it.each([
    ['plain words', ['plain words']],
    ['a **bold** word', ['a ', { strong: ['bold'] }, ' word']],
    ['an *important* and a _quiet_ one', ['an ', { em: ['important'] }, ' and a ', { em: ['quiet'] }, ' one']],
    ['**both *at* once**', [{ strong: ['both ', { em: ['at'] }, ' once'] }]],
    ['`code **as is**`', [{ code: 'code **as is**' }]],
    ['```js\nlet a = 1;\n```', [{ block: 'let a = 1;' }]],
    ['2 * 3 * 4 = 24, snake_case_name, a*b*c', ['2 * 3 * 4 = 24, snake_case_name, a*b*c']],
    ['ask @alice.', ['ask ', { at: '@alice' }, '.']],
    ['mail me@example.org', ['mail me@example.org']],
    ['see https://example.org/a_b_c, please', ['see ', { link: 'https://example.org/a_b_c' }, ', please']],
    ['(https://example.org/x_(y))', ['(', { link: 'https://example.org/x_(y)' }, ')']],
    ['http://user@[bad', ['http://user@[bad']],
    ['javascript:alert(1) data:text/html,x ftp://example.org', ['javascript:alert(1) data:text/html,x ftp://example.org']],
    ['<b>no</b> &amp; <script>', ['<b>no</b> &amp; <script>']],
  ])('%s', (text, parts) => {
    expect(parsed(text)).toEqual(parts);
  });

  it('loses nothing but its marks, however odd it is, and takes no long time', () => {
    for (const text of ['*'.repeat(4000), '**a'.repeat(1300), '_a '.repeat(1300), '`'.repeat(4000), '```'.repeat(1300), 'https://'.repeat(500), '@'.repeat(4000), '**_*`'.repeat(800)]) {
      const started = performance.now();
      const letters = plainText(text).replace(/[^a-z@:/]/g, '');
      expect(letters).toBe(text.replace(/[^a-z@:/]/g, ''));
      expect(performance.now() - started).toBeLessThan(3000);
    }
  });

  it.each([
    ['**Please _do not_ delete** it', 'Please do not delete it'],
    ['**all *of `it` and @bob* here**', 'all of it and @bob here'],
    ['_see https://example.org_ **now**', 'see https://example.org now'],
  ])('in one line no word is missing: %s', (text, line) => {
    expect(plainText(text)).toBe(line);
  });

  it.each([['👍', true], ['👩‍👩‍👧 🎉', true], ['🇩🇪', true], ['ok 👍', false], ['12', false], ['', false], ['👍👍👍👍', false]])('is it just emoji: %s', (text, just) => {
    expect(isJustEmoji(text)).toBe(just);
  });
});
