import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mentions } from '../../web/src/chat/rooms.js';
import { isJustEmoji, parse, partsOf, plainText, type Part } from '../../web/src/conversation/markup.js';
import { slowly } from '../setup/plain-markup.js';

/** What a part is, written as briefly as a test wants it. */
const brief = (part: Part): unknown => (part.kind === 'text' ? part.text : 'parts' in part ? { [part.kind]: part.parts.map(brief) } : { [part.kind]: part.text });
const parsed = (text: string) => parse(text).map(brief);
let messages = 0;
const inOneLine = (text: string) => plainText({ id: `m${messages += 1}`, rev: 1, text });

/** Whatever might be looked through again and again, to any length. */
const hostile: Record<string, (length: number) => string> = {
  'a link with a tail': (length) => `https://a${'.'.repeat(length / 2)}${']'.repeat(length / 2)}`,
  'a link with brackets': (length) => `https://a${')'.repeat(length)}`,
  'a link with dots between brackets': (length) => `https://a${').'.repeat(length / 2)}`,
  'a link with a tail that is none': (length) => `https://a${'.'.repeat(length)}b`,
  'strong words without end': (length) => ' **a'.repeat(length / 4),
  'strong words': (length) => '**a**b '.repeat(length / 7),
  'strong words that end after a space': (length) => `**a${' **'.repeat(length / 3)}`,
  'stars': (length) => '*'.repeat(length),
  'leaning words without end': (length) => ' *a _b'.repeat(length / 6),
  'marks within marks': (length) => '_a **b *c '.repeat(length / 10),
  'blocks without end': (length) => '```a\n`` '.repeat(length / 8),
  'backticks': (length) => '`'.repeat(length),
  'code without end': (length) => '`a\n'.repeat(length / 3),
  'names': (length) => '@a-'.repeat(length / 3),
  'one name of dots': (length) => `@a${'.'.repeat(length)}`,
};

/**
 * The least of several times, in milliseconds of the processor: what the work takes, and not what the machine does besides.
 * Only the sum is exact; its parts, user and system, are shared out by the ticks of a clock.
 */
function takes(work: () => void): number {
  return Math.min(...Array.from({ length: 15 }, () => {
    const started = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  }));
}

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

  it('loses nothing but its marks, however odd it is', () => {
    for (const text of ['*'.repeat(4000), '**a'.repeat(1300), '_a '.repeat(1300), '`'.repeat(4000), '```'.repeat(1300), 'https://'.repeat(500), '@'.repeat(4000), '**_*`'.repeat(800)]) {
      const letters = inOneLine(text).replace(/[^a-z@:/]/g, '');
      expect(letters).toBe(text.replace(/[^a-z@:/]/g, ''));
    }
  });

  it.each([
    ['**Please _do not_ delete** it', 'Please do not delete it'],
    ['**all *of `it` and @bob* here**', 'all of it and @bob here'],
    ['_see https://example.org_ **now**', 'see https://example.org now'],
  ])('in one line no word is missing: %s', (text, line) => {
    expect(inOneLine(text)).toBe(line);
  });

  it.each(Object.entries(hostile))('takes 16 times as long for 16 times as much, and not 256 times: %s', (_, make) => {
    const [short, long] = [make(4000), make(64_000)];
    const once = takes(() => { parse(short); });
    expect(once).toBeLessThan(50); // about 5 at most where nothing else runs; the ratio below is what tells
    expect(takes(() => { parse(long); })).toBeLessThan(Math.max(once, 0.05) * 80);
  });

  it('gives what a plain regular expression gives', () => {
    const pieces = ['a', 'Bo', ' ', ' ', '\n', '*', '**', '_', '`', '```', 'js', '@', '@ann', '.', '-', '(', ')', ']', ',', '!', 'https://a.b', 'http://', 'https://x.y/(z)', '<', '"', 'é', '👍', '\u2003', '1'];
    fc.assert(fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (chosen) => {
      const text = chosen.join('');
      expect(parse(text)).toEqual(slowly(text));
    }), { numRuns: 5000 });
  });

  it('is parsed once for each revision', () => {
    const message = { id: 'once', rev: 1, text: 'a **b**' };
    expect(partsOf({ ...message })).toBe(partsOf({ ...message }));
    expect(partsOf({ ...message, rev: 2, text: 'c' })).toEqual([{ kind: 'text', text: 'c' }]);
    for (let n = 0; n < 2000; n += 1) partsOf({ id: `other ${n}`, rev: 1, text: 'x' });
    expect(partsOf({ ...message, rev: 2, text: 'd' })).toEqual([{ kind: 'text', text: 'd' }]); // forgotten meanwhile
  });

  it('calls somebody by name, in time that grows with the text', () => {
    const bob = { username: 'bob' };
    expect(['@bob', 'hi @Bob.', '(@bob)...', '@bob_', '@bob-by', 'me@bob', '@bobby', 'bob'].map((text) => mentions(text, bob))).toEqual([true, true, true, true, false, false, false, false]);
    const dashes = (length: number) => `${'-'.repeat(length)}a`;
    const [short, long] = [dashes(4000), dashes(64_000)];
    expect(takes(() => { mentions(long, bob); })).toBeLessThan(Math.max(takes(() => { mentions(short, bob); }), 0.05) * 80);
  });

  it.each([['👍', true], ['👩‍👩‍👧 🎉', true], ['🇩🇪', true], ['ok 👍', false], ['12', false], ['', false], ['👍👍👍👍', false]])('is it just emoji: %s', (text, just) => {
    expect(isJustEmoji(text)).toBe(just);
  });
});
