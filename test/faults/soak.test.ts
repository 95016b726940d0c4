import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { isLong, say } from '../setup/server-process.js';

const [minutes, sockets] = isLong ? ['10', '500'] : ['0.5', '60'];

it(`does not grow in ${minutes} min of coming and going by ${sockets}, and keeps nothing of those who left`, async () => {
  const child = spawn(process.execPath, [join(__dirname, '../../tools/soak.mjs'), '--minutes', minutes, '--sockets', sockets], { stdio: ['ignore', 'pipe', 'pipe'] });
  let report = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { report += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { text.trim().split('\n').forEach(say); });
  const [code] = (await once(child, 'close')) as [number];
  expect([JSON.parse(report), code]).toEqual([expect.objectContaining({ faults: [], samples: expect.any(Number) }), 0]);
}, 1_200_000);
