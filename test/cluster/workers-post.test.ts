import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

it('holds 16 MiB for a worker that does not read, and no more; when it reads again it hears those, and what comes then', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, '../setup/post-probe.mjs')], { timeout: 100_000 });
  const heard = JSON.parse(stdout) as string[];
  const inTime = heard.slice(0, -1);
  expect(inTime).toEqual(inTime.map((_, n) => String(n)));
  expect(heard.at(-1)).toBe('the last one');
  // Texts of half a MiB; the kernel holds one or two besides.
  expect([inTime.length >= 32, inTime.length <= 40]).toEqual([true, true]);
}, 120_000);
