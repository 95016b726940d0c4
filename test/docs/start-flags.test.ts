import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const flagsIn = (line: string): string[] => [...line.split('tools/start.mjs')[0].matchAll(/--[\w=-]+/g)].map(([flag]) => flag);

it('gives Node the same flags however the server is started, and tells those who start it by hand', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<'start' | 'start:cluster', string> };
  const flags = flagsIn(scripts.start);
  const image = (/^CMD (.*)$/m.exec(read('Dockerfile')) as RegExpExecArray)[1];
  expect(flags).toHaveLength(3);
  expect(flagsIn(scripts['start:cluster'])).toEqual(flags);
  expect(flagsIn(image)).toEqual(flags);
  for (const flag of flags) expect(read('docs/operations.md')).toContain(`\`${flag}\``);
});
