// A client that we did not write, from Debian's python3-socketio, against the server as it is delivered.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startChildServer, type ChildServer } from '../setup/child-server.js';

const python = '/usr/bin/python3';
const missing = spawnSync(python, ['-c', 'import socketio, requests, websocket']).status !== 0;
const transports = ['websocket', 'polling'];

if (missing) process.stdout.write('The interop test stands aside: it wants python3-socketio, python3-requests and python3-websocket from the system packages.\n');

describe('python-socketio', () => {
  let server: ChildServer | undefined;
  beforeAll(async () => { if (!missing) server = await startChildServer(); });
  afterAll(() => server?.close());

  it('is installed where it counts', () => {
    expect(missing && process.env.CI === 'true').toBe(false);
  });

  it.each(missing ? [] : transports)('joins, chats, edits, reacts and pages back over %s', async (transport) => {
    const client = spawn(python, [resolve('test/interop/client.py'), server?.url ?? '', transport], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [client.stdout, client.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
    const [status] = (await once(client, 'close')) as [number];
    expect([status, output.trim()]).toEqual([0, JSON.stringify({ transport, messages: 42, pages: 3 }).replaceAll(',', ', ').replaceAll(':', ': ')]);
    expect([server?.ended(), server?.errors()]).toEqual([undefined, '']);
  });
});
